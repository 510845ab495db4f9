"""Sheets of rows (CSV): each row checked and stored by those who write one thing at a time."""
