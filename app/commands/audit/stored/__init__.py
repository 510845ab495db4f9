"""What is read of a database beside the entries, to hold them against it."""
