"""The tree, held against its recursive definition and against others' probes."""
