"""Settings of tiny runs."""

from daleslaw_lib.experiments.configs import RunConfig

GIVEN = dict(
    preset="both", task="mnist", source="subset", n_train=512, n_valid=0, kind="dann", layers=1,
    hidden=10, ei_ratio=4.0, lr=0.05, clip=5.0, clip_by="layer", batch=16, updates=24, eval_every=8,
    seed=0, dtype="float32",
)  # fmt: skip
ABSENT = (
    "length", "dense", "embedding", "rho", "n_inhibitory", "random_ix", "input_init", "vectors",
    "spectrum", "frozen", "ablated", "lr_decay", "spectra", "end_every", "parts", "start", "start_a",
    "start_b", "optimiser", "mechanism",
)  # fmt: skip
SETTINGS = GIVEN | dict.fromkeys(ABSENT)


def config(**changes) -> RunConfig:
    """A tiny run: 24 updates of 10 units on 512 embedded digits."""
    return RunConfig(**(SETTINGS | changes))
