"""What the sealer reads and writes."""
