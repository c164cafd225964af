"""Jobs: ensembles of runs to be trained, or drawn; their data, networks and steps, and what comes of them.

What needs torch is imported when it is first asked for.
"""

from ..later import hand_on

LATER = {  # imported when they are first asked for, by module
    "building": ("build", "draw", "load_task"),
    "drawing": ("Drawing", "above_the_bulk", "matrix", "measure", "planes"),
    "drawing_job": ("DrawingJob",),
    "job": ("Finished", "Job"),
    "miniatures": ("of_drawing", "of_training"),
    "timing": ("seconds_of",),
    "training_job": ("TrainingJob", "on_random_data"),
    "ways": ("all_probes", "blocks", "curves_table", "data_digests", "job_of"),
}
__all__ = [*(name for names in LATER.values() for name in names)]
__getattr__ = hand_on(__name__, LATER)
