"""Chapter 6: singular vectors of one network, singular values of another."""

from ...later import hand_on
from . import figures

LATER = {  # imported when they are first asked for, by module
    "report": (),
    "bench": (
        "MATCHINGS",
        "TransplantBench",
        "combine",
        "draw_pair",
        "show_transplant_bench",
        "signs_changed",
    ),
    "effects": (
        "CELLS",
        "Effect",
        "FACTORS",
        "INTO_COLEI",
        "INTO_RNN",
        "MATCHED",
        "PAIRS",
        "PAPER",
        "PAPERS_P",
        "READ_OFF",
        "WEIGHTS",
        "at_the_end",
        "baselines",
        "comparisons",
        "compromise",
        "conditions",
        "curves",
        "effective_inputs",
        "errors",
        "exchange",
        "factorial",
        "gap",
        "levelled",
        "most_inputs",
        "of_colei",
        "of_frozen",
        "of_rnn",
        "one_layer_rnn",
        "panels",
        "rows",
        "starts",
        "table",
        "train_arrays",
        "until",
    ),
}
__all__ = ["figures", "report", *(name for names in LATER.values() for name in names)]
__getattr__ = hand_on(__name__, LATER)
