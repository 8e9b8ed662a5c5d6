"""Where in time each sign that was read is, how sure it is, and what it may be instead.

The best alignment of a reading with the probabilities (Viterbi over the CTC topology, Graves et al. 2006) gives each
sign's steps. A network trained with CTC is sure of a sign only near its end, when it can be no other any more: the
alignment's last step is the sign's end, its first step is not the start. The start is when the hand has arrived.
"""

import dataclasses

import numpy as np

from ground.landmarks import HAND_JOINTS, KNUCKLES, WRIST, hands_seen
from ground.signs import NOTHING

#: A sign's start: so many seconds after the sign before (or the hand's appearance), and not before this share of the
#: hand's movement up to the alignment's first step is done. Chosen on 300 generated recordings, whose starts are known
#: (`python3 code/run.py reading`).
TRAVEL, TRAVELLED = 0.25, 0.3
LEAST = 1e-30


@dataclasses.dataclass(frozen=True)
class Sign:
    """A sign that was read: start and end in seconds, confidence from 0 to 1, and what it would be if it were not this
    (a sign or NOTHING) with that one's share; `at`: the second at which it stands out most."""

    sign: str
    start: float
    end: float
    confidence: float
    second: str
    second_confidence: float
    at: float


def aligned(reading: list[str], probabilities: np.ndarray, signs: list[str], hands: np.ndarray, times: np.ndarray,
            stride: int) -> list[Sign]:
    """The signs of a reading in time.

    probabilities (T', classes + 1), blank last; `signs` by index; hands (T, 42, 3), true proportions in x and y;
    times (T,): the second at which each frame is shown; a step stands for `stride` frames.
    """
    if not reading:
        return []
    spans = alignment(probabilities, [signs.index(sign) for sign in reading])
    path = _path(hands)
    begins = [0] + [end + 1 for _, end in spans[:-1]]
    stops = [start for start, _ in spans[1:]] + [len(probabilities)]
    found = []
    for sign, (first, last), begin, stop in zip(reading, spans, begins, stops):
        index = signs.index(sign)
        shares = local_shares(probabilities[begin:stop])
        other = max((share, place) for place, share in enumerate(shares) if place != index)
        start = _start(path, times, min(begin * stride, len(times) - 1), min(first * stride, len(times) - 1))
        at = first + int(np.argmax(probabilities[first:last + 1, index]))
        found.append(Sign(sign, start, _end_of(times, (last + 1) * stride - 1), float(shares[index]),
                          signs[other[1]] if other[1] < len(signs) else NOTHING, float(other[0]),
                          float(times[min(at * stride, len(times) - 1)])))
    return found


def alignment(probabilities: np.ndarray, labels: list[int]) -> list[tuple[int, int]]:
    """The first and the last step of each label on the most probable way through (T', classes + 1), blank last."""
    blank = probabilities.shape[1] - 1
    states = np.array([blank] + [each for label in labels for each in (label, blank)])
    emitted = np.log(np.maximum(probabilities[:, states], LEAST))
    # A way may leave out the blank between two signs, but not between equal ones.
    leap = (states != blank) & (np.arange(len(states)) > 1) & (states != np.roll(states, 2))
    scores = np.full(len(states), -np.inf)
    scores[:2] = emitted[0, :2]
    origins = np.zeros(emitted.shape, int)
    for step in range(1, len(emitted)):
        before = np.stack([scores, np.r_[-np.inf, scores[:-1]], np.where(leap, np.r_[[-np.inf] * 2, scores[:-2]],
                                                                         -np.inf)])
        origins[step] = before.argmax(axis=0)
        scores = before.max(axis=0) + emitted[step]
    state = len(states) - 1 - int(scores[-2] > scores[-1])
    visited = np.zeros(len(emitted), int)
    for step in range(len(emitted) - 1, -1, -1):
        visited[step] = state
        state -= origins[step, state]
    return [(int(steps[0]), int(steps[-1])) for label in range(len(labels))
            if len(steps := np.flatnonzero(visited == 2 * label + 1))]


def local_shares(probabilities: np.ndarray) -> np.ndarray:
    """(T', classes + 1) -> (classes + 1,): of all the ways to read one sign or none here, the share of each sign, and
    last of none."""
    blank = probabilities[:, -1:]
    before, within, after = 1.0, np.zeros(probabilities.shape[1] - 1), np.zeros(probabilities.shape[1] - 1)
    for sign, none in zip(probabilities[:, :-1], blank[:, 0]):
        after = (after + within) * none
        within = (within + before) * sign
        before *= none
        scale = max(before, within.max(), after.max(), LEAST)  # only shares are wanted, and products of many vanish
        before, within, after = before / scale, within / scale, after / scale
    ways = np.append(within + after, before)
    return ways / ways.sum()


def _start(path: np.ndarray, times: np.ndarray, begin: int, first: int) -> float:
    moved = path[begin:first + 1] - path[begin]
    travelled = begin + int(np.searchsorted(moved, TRAVELLED * moved[-1]))
    return float(min(max(times[begin] + TRAVEL, times[travelled]), times[first]))


def _end_of(times: np.ndarray, frame: int) -> float:
    """When a frame ends: the next one begins."""
    return float(times[frame + 1] if frame + 1 < len(times) else times[-1])


def _path(hands: np.ndarray) -> np.ndarray:
    """(T, 42, 3) -> (T,): how far the joints of the hand seen more have moved on the whole, in its palm lengths."""
    seen = hands_seen(hands)
    side = int(seen[:, 1].sum() >= seen[:, 0].sum())
    frames = np.flatnonzero(seen[:, side])
    joints = hands.reshape(len(hands), 2, HAND_JOINTS, 3)[frames, side, :, :2]
    palm = max(float(np.median(np.linalg.norm(joints[:, KNUCKLES] - joints[:, [WRIST]], axis=2))), 1e-6)
    steps = np.linalg.norm(np.diff(joints, axis=0), axis=2).mean(axis=1) / palm
    return np.interp(np.arange(len(hands)), frames, np.r_[0, np.cumsum(steps)])
