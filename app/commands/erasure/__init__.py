"""Erasing what is personal: a client with everything, or single disclosures of an incident."""
