"""What the auditor reads and remembers."""
