"""What every command works with: the installation's parts and secrets, answers and lists."""
