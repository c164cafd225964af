"""Dale's law and the spectra of recurrent networks: the library behind the book.

From the ground up: checks, checkpoints, spectra, theory; initialisation and tasks (NumPy only);
networks and training (torch); experiments; archive; running; evidence; figures and widgets; studies,
one a chapter. What is above imports what is below, never the other way round (ARCHITECTURE.md).

Nothing is imported here, so the NumPy-only half works without torch.
"""

from pathlib import Path

__version__ = "0.2.0"
HOME = Path(__file__).parent  # the package: what digests, results and scripts are found from
