"""SQL of what coordinators keep: reads and rare writes through SQLModel."""
