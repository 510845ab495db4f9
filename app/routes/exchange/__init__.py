"""Routes by which other programs' calendars and sheets come in, and duty goes out as calendars."""
