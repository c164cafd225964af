"""Networks as ensembles of members: weights that obey Dale's law, layers made of them, the recurrence."""

from .cells import DANN, LAYERS, RNN, ColEI, Dense, Embedding, Layer, Readout
from .derivatives import Recurrence, recur
from .kinds import broken_promises, register_kind
from .network import START, TRANSPLANT, Arrays, Network, start_generator, weight_generator
from .recurrence import Unrolled, check_shapes
from .weights import ColumnWeight, FreeWeight, FrozenWeight, InterneuronWeight, Weight

__all__ = [
    "Arrays", "ColEI", "ColumnWeight", "DANN", "Dense", "Embedding", "FreeWeight", "FrozenWeight",
    "InterneuronWeight", "LAYERS", "Layer", "Network", "RNN", "Readout", "Recurrence", "START",
    "TRANSPLANT", "Unrolled", "Weight", "broken_promises", "check_shapes", "recur",
    "register_kind", "start_generator",
    "weight_generator",
]  # fmt: skip
