"""The JSON API: parse, one command or one look, serialise. No rule and no SQL lives here."""
