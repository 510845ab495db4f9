"""Storing what is published of the logs, and what others answered."""
