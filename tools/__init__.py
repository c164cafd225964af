"""What makes, checks and measures the book. Each is run from the repository: python -m tools.NAME."""
