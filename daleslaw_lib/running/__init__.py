"""From an experiment to its archive: chunks and who works through them, signals, the runner.

What needs torch is imported when it is first asked for.
"""

from ..later import hand_on

LATER = {  # imported when they are first asked for, by module
    "chunks": ("Chunk", "ChunkError"),
    "executors": ("processes", "scheduler"),
    "runner": ("Interrupted", "Options", "Outcome", "TimeIsUp", "progress_of", "run", "select", "train_here"),
}
__all__ = [*(name for names in LATER.values() for name in names)]
__getattr__ = hand_on(__name__, LATER)
