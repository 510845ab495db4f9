"""The proof: vectors of the formats, and every rule of a chain broken one at a time."""
