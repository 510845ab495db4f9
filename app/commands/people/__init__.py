"""Persons and their duty: where they are used, their absences, who stands in, their leaving."""
