"""A study for each chapter: its analysis, its figures, what the reader plays with. None imports another."""
