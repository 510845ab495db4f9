"""The incidents of what is judged: their entries, and the protocols that were pinned to them."""
