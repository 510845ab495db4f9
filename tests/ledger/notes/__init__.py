"""The signed texts: vectors of the formats, and every way to write them otherwise."""
