"""How findings and refusals are said in Japanese."""
