"""The engine never loses, never doubles, never sleeps."""
