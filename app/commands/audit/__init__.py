"""What auditors read: intervals, entries, and whether all of it agrees. Nothing changes here."""
