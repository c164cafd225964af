"""A study for each of chapters 2 to 10: analysis, figures, what a reader plays with. None imports another."""
