"""The channels against real peers, and the words that they carry."""
