"""From an experiment to its archive: jobs, chunks and who works through them, the runner, verification.

What needs torch is imported when it is first asked for.
"""

from ..later import hand_on

LATER = {  # imported when they are first asked for, by module
    "chunks": ("Chunk", "ChunkError"),
    "code": ("library",),
    "devices": ("device_name", "pick_device", "use_tf32"),
    "drawing": ("Drawing", "above_the_bulk", "matrix", "measure", "planes"),
    "executors": ("processes", "scheduler"),
    "jobs": ("Job", "build", "draw", "job_of", "load_task"),
    "planning": ("Plan", "plan"),
    "runner": ("Interrupted", "Options", "Outcome", "TimeIsUp", "progress_of", "run", "select", "train_here"),
    "verification": ("fingerprint", "probes", "verify"),
}
__all__ = [*(name for names in LATER.values() for name in names)]
__getattr__ = hand_on(__name__, LATER)
