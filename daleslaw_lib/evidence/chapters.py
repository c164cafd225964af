"""Which chapter of the book has the evidence of an experiment, and what each chapter's file is called."""

CHAPTERS = {  # of each experiment
    "adding": "04_learning", "one_layer_mnist": "04_learning", "three_layer_mnist": "04_learning",
    "penn_treebank": "04_learning", "radius_sweep": "05_initial_spectral_radius",
    "spectra": "03_spectra_at_initialisation", "transplants": "06_spectral_transplants",
    "size": "07_size_and_ei_ratio", "ei_ratio": "07_size_and_ei_ratio",
    "second_sample": "07_size_and_ei_ratio", "ii_ablation": "07_size_and_ei_ratio",
    "entropy_grid": "08_svd_entropy",
    "spectrum_parts": "09_mechanism", "controls": "09_mechanism", "one_cell": "09_mechanism",
    "better_colei": "10_a_better_colei", "better_layers": "10_a_better_colei", "steps": "10_a_better_colei",
    "fashion": "10_a_better_colei", "long_adding": "10_a_better_colei",
    "identity_shares": "10_a_better_colei",
}  # fmt: skip
FILES = {int(name[:2]): f"{name}.ipynb" for name in CHAPTERS.values()}  # by number
