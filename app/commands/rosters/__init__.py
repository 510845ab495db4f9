"""Rosters of desks: written version by version, asked who is on duty, exported, imported."""
