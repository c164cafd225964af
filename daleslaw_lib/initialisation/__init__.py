r"""Initial weights of every kind of network, pure functions of a random generator; its populations and signs.

Rows receive and columns send: `W[i, j]` is the connection from unit j to unit i. Exp(s) is the
exponential distribution of mean s.

* RNN: no constraint; entries of either sign everywhere.
* ColEI ("column E-I"): every column has one sign, that of the unit that sends.
* DANN ("Dale's ANN"): N excitatory units, and linear interneurons that settle at once, so that
  `W = W_ex - W_ei W_ix` with all three parts >= 0.

Source: the paper, section 2 and its public code; the numbers behind each formula are derived in
chapter 2. Where the two disagree the code is followed and the E-number of the appendix is given.
"""

from .colei import colei_feedforward_weights, colei_input_weights, colei_weights, unscaled_colei_weights
from .dann import dann_input_weights, dann_readout_weights, dann_weights, effective_dann
from .draw import (
    DEFAULT_RHO,
    EMBEDDING_STD,
    KINDS,
    NAMES,
    PARTS,
    draw_matrix,
    draw_network,
    draw_transplant,
    effective_weight,
)
from .kind import Draw, Kind
from .populations import column_signs, columns_of_one_sign, count_interneurons, obeys_dale, split_population
from .rnn import PYTORCH_RHO, rnn_he_input_weights, rnn_input_weights, rnn_readout_weights, rnn_weights

__all__ = [
    "DEFAULT_RHO", "Draw", "EMBEDDING_STD", "KINDS", "Kind", "NAMES", "PARTS", "PYTORCH_RHO",
    "colei_feedforward_weights", "colei_input_weights", "colei_weights", "column_signs",
    "columns_of_one_sign", "count_interneurons", "dann_input_weights", "dann_readout_weights",
    "dann_weights", "draw_matrix", "draw_network", "draw_transplant", "effective_dann",
    "effective_weight", "obeys_dale", "rnn_he_input_weights", "rnn_input_weights",
    "rnn_readout_weights", "rnn_weights", "split_population", "unscaled_colei_weights",
]  # fmt: skip
