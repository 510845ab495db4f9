"""Where parties are used, and what persons ask of each other about their duty."""
