"""Chapter 4: three kinds of network learn, and what that does to their spectra."""

from ...later import hand_on
from . import figures
from .courses import courses

LATER = {  # imported when they are first asked for, by module
    "courses": ("Course", "changes", "moved", "turnover"),
    "explorer": ("curve_explorer", "play_curves"),
    "seen": (
        "Addition",
        "Reading",
        "predictions_while_reading",
        "states_while_adding",
        "states_while_reading",
    ),
    "replay": ("Replay", "replay_data", "show_replay"),
}
__all__ = ["courses", "figures", *(name for names in LATER.values() for name in names)]
__getattr__ = hand_on(__name__, LATER)
