"""A study a chapter: its analysis, its figures, and what the reader plays with. None imports another."""
