"""What is read of the logs: heads, tiles, proofs."""
