"""Dale's law and the spectra of recurrent networks: the library behind the book.

From the ground up: checks, checkpoints, spectra; initialisation, tasks and theory (NumPy only); networks and
training (torch), and experiments as data; archive; jobs; running; evidence; figures and widgets; studies, one
a chapter. What is above imports what is below, never the other way round (ARCHITECTURE.md).

Nothing is imported here before it is asked for, so the NumPy-only half works without torch. What it takes
to add a task, a kind of network or an experiment is at hand: `from daleslaw_lib import register_task`.
"""

import os
from pathlib import Path

from .later import hand_on

__version__ = "0.2.0"
HOME = Path(__file__).parent  # the package: what digests, results and scripts are found from
LATER = {
    "experiments": ("Claim", "Experiment", "Published", "RunConfig", "Term", "grid", "register_experiment"),
    "initialisation": ("Draw", "Kind"),
    "networks": ("ColumnWeight", "FreeWeight", "InterneuronWeight", "Weight", "register_kind"),
    "tasks": ("Ends", "Task", "register_task"),
}
__all__ = ["HOME", "__version__", *(name for names in LATER.values() for name in names)]
__getattr__ = hand_on(__name__, LATER)


def setting(name: str) -> Path | None:
    """The folder that an environment variable names, or None where it is not set.

    A chapter's kernel runs in another folder than the command that started it, so a relative path is one
    from the checkout, wherever it is asked for. Without a checkout it is one from the current folder.
    """
    value = os.environ.get(name)
    if not value:
        return None
    path = Path(value).expanduser()
    return HOME.parent / path if (HOME.parent / "pyproject.toml").is_file() else path
