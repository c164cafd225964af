"""A study for each of chapters 2 to 10: its analysis, its figures, what the reader plays with. None imports another."""
