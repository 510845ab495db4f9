"""Whole incidents, as the people in them see them."""
