"""Tests: what the project promises, each promise with the test that would notice its loss."""
