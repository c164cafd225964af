"""Layers for anyone's model: built from sizes, called like torch.nn.RNN, lawful under any optimiser.

    from daleslaw_lib.nn import ColEI

    rnn = ColEI(28, 100, ei_ratio=4, batch_first=True)  # 80 excitatory units, 20 inhibitory ones
    output, state = rnn(x)                              # x (B, T, 28) -> (B, T, 100), (1, B, 100)
    readout = rnn.readout(10)                           # its columns have the units' signs
    scores = readout(output[:, -1])                     # (B, 10)

Train them as you train anything: no call keeps Dale's law but the forward pass itself. `obeys_dale`
checks a whole model and says what breaks the law, `correct_gradients` is what DANNs add to plain SGD,
and `init_` gives a torch.nn.RNN the start of one of the kinds.
"""

from .checking import obeys_dale
from .correction import correct_gradients
from .layers import DANN, RNN, ColEI
from .readouts import ColEIReadout, DANNReadout, RNNReadout
from .starts import init_

__all__ = [
    "ColEI", "ColEIReadout", "DANN", "DANNReadout", "RNN", "RNNReadout", "correct_gradients", "init_",
    "obeys_dale",
]  # fmt: skip
