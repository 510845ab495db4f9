"""Tests of the sealer, on both databases."""
