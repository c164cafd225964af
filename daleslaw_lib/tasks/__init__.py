"""The tasks of the paper, one a file. Importing them needs NumPy only; they return NumPy arrays."""
