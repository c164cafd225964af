"""Dale's law and the spectra of recurrent networks: the library behind the book.

Reading order: spectra, initialisation (NumPy only); weights, recurrence, cells, network, losses,
training (torch); tasks, data; experiments, results, runner; figures, widgets.

Nothing is imported here, so the NumPy-only half works without torch.
"""

__version__ = "0.2.0"
