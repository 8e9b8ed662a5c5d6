"""What MediaPipe makes of a view of the hand each time: the part of its errors that the view itself explains.

A fist's thumb or a finger behind the palm is put beside its true place in much the same way for everybody. A network
of one hidden layer, fitted by `studies.fit_view_error` to drawn video whose truth is known, gives that error for a
view; `signer.noise` adds what differs from person to person. Weights: `view_error.npz`.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from ground.landmarks import HAND_JOINTS, WRIST

WEIGHTS = Path(__file__).with_name("view_error.npz")


@dataclass(frozen=True)
class ViewError:
    """First (60, n) and second layer (n, 63) with their biases."""

    first: np.ndarray
    first_bias: np.ndarray
    second: np.ndarray
    second_bias: np.ndarray

    def of(self, hand: np.ndarray) -> np.ndarray:
        """The error (T, 21, 3) of a right hand (T, 21, 3) as the camera sees it, both in palm lengths."""
        hidden = np.maximum(view(hand) @ self.first + self.first_bias, 0)
        return (hidden @ self.second + self.second_bias).reshape(-1, HAND_JOINTS, 3)


def view(hand: np.ndarray) -> np.ndarray:
    """The joints from the wrist (T, 60): where in the picture the hand is does not matter."""
    return (hand - hand[:, WRIST:WRIST + 1])[:, WRIST + 1:].reshape(-1, 3 * (HAND_JOINTS - 1))


@lru_cache(maxsize=1)
def load_view_error() -> ViewError:
    """The fitted network."""
    with np.load(WEIGHTS) as file:
        return ViewError(**{name: file[name].astype(np.float32) for name in file.files})
