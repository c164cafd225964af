"""Training an ensemble: losses, gradients through time, one update, batches, the loop."""

from .batches import Sequences, Splits, epoch_order
from .gradients import Gradients, Head, Loss, predict
from .loop import SEEN, Training, load_checkpoint, save_checkpoint
from .losses import LOSSES, cross_entropy, error_rate, mean_squared_error
from .settings import Settings
from .text import Text, carried_loss, windowed_loss
from .update import OPTIMISERS, Adam, clip_, correct_, exponential_step_, project_, step_

__all__ = [
    "Adam", "Gradients", "Head", "LOSSES", "Loss", "OPTIMISERS", "SEEN", "Sequences", "Settings", "Splits",
    "Text", "Training", "carried_loss", "clip_", "correct_", "cross_entropy", "epoch_order", "error_rate",
    "exponential_step_", "load_checkpoint", "mean_squared_error", "predict", "project_",
    "save_checkpoint", "step_", "windowed_loss",
]  # fmt: skip
