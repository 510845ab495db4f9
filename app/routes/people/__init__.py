"""The API of persons and their duty."""
