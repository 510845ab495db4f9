"""SQL of what auditors read, across incidents. Nothing is written here."""
