"""Rosters made of rosters: somebody is away, or other shifts take the place of some."""
