"""Where in time each sign that was read is, how sure it is, and what it may be instead.

The best alignment of a reading with the probabilities (Viterbi over the CTC topology, Graves et al. 2006) gives each
sign's steps. A network trained with CTC says a sign once, as soon as it is sure of it: neither the alignment's first
step is the sign's start, nor its last step the end. The start is when the hand has taken the sign's shape, the end
when it begins to take the next one's. Where the shape stays (a sign twice in a row that only slides), the two are
parted less surely.
"""

import dataclasses
import itertools

import numpy as np

from ground.landmarks import HAND_JOINTS, KNUCKLES, WRIST, hands_seen, main_hand
from ground.signs import NOTHING

#: Between two signs' steps the hand changes from one shape to the other: up to this share of the change the first is
#: still held, from that share on the second, at least so many seconds later. Before a line's first step and after its
#: last a shape is held while it differs by no more than `STILL` palm lengths a joint. Chosen on 300 generated
#: recordings, whose starts and ends are known (`python3 code/run.py reading`).
LEFT, ARRIVED, TRAVEL, STILL = 0.15, 0.75, 0.25, 0.1
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
    frames = [(min(first * stride, len(times) - 1), min((last + 1) * stride - 1, len(times) - 1))
              for first, last in spans]
    begins = [0] + [end + 1 for _, end in spans[:-1]]
    stops = [start for start, _ in spans[1:]] + [len(probabilities)]
    found = []
    held = _held(frames, hands, times)
    for sign, (first, last), (start, end), begin, stop in zip(reading, spans, held, begins, stops):
        index = signs.index(sign)
        shares = local_shares(probabilities[begin:stop])
        other = max((share, place) for place, share in enumerate(shares) if place != index)
        at = first + int(np.argmax(probabilities[first:last + 1, index]))
        found.append(Sign(sign, float(times[start]), _end_of(times, end), float(shares[index]),
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


def _held(spans: list[tuple[int, int]], hands: np.ndarray, times: np.ndarray) -> list[tuple[int, int]]:
    """The first and the last frame in which each sign is held. `spans`: its first and last frame in the alignment."""
    if not hands_seen(hands).any():
        return spans
    shapes, seen = _shapes(hands)
    changes = [_change(shapes, times, last, first) for (_, last), (first, _) in itertools.pairwise(spans)]
    starts = [min(max(_taken(shapes, spans[0][0]), _later(times, seen[0])), spans[0][0])]
    ends = [max(min(_left(shapes, spans[-1][1]), int(seen[-1])), spans[-1][1])]
    return list(zip(starts + [first for _, first in changes], [last for last, _ in changes] + ends))


def _taken(shapes: np.ndarray, frame: int) -> int:
    """Since which frame the shape of a frame has been held."""
    other = np.flatnonzero(_apart(shapes[:frame], shapes[frame]) > STILL)
    return int(other[-1]) + 1 if len(other) else 0


def _left(shapes: np.ndarray, frame: int) -> int:
    """Until which frame the shape of a frame is held."""
    other = np.flatnonzero(_apart(shapes[frame:], shapes[frame]) > STILL)
    return frame + int(other[0]) - 1 if len(other) else len(shapes) - 1


def _change(shapes: np.ndarray, times: np.ndarray, last: int, first: int) -> tuple[int, int]:
    """The last frame in which a sign is held and the first of the next, whose frames in the alignment end with `last`
    and begin with `first`."""
    if first <= last:
        return last, first
    between = shapes[last:first + 1]
    gone, left = _apart(between, shapes[last]), _apart(between, shapes[first])
    share = gone / np.maximum(gone + left, LEAST)
    end = min(last + int(np.flatnonzero(share <= LEFT)[-1]), first - 1)
    arrived = np.flatnonzero(share[end - last:] >= ARRIVED)
    start = end + int(arrived[0]) if len(arrived) else first
    return end, min(max(start, end + 1, _later(times, end)), first)


def _later(times: np.ndarray, frame: int) -> int:
    """The frame that is shown `TRAVEL` seconds after another."""
    return int(np.searchsorted(times, times[frame] + TRAVEL - 1e-9))


def _end_of(times: np.ndarray, frame: int) -> float:
    """When a frame ends: the next one begins."""
    return float(times[frame + 1] if frame + 1 < len(times) else times[-1])


def _apart(shapes: np.ndarray, shape: np.ndarray) -> np.ndarray:
    """(n, joints, 2), (joints, 2) -> (n,): how far a joint lies from its place in the other shape, on average."""
    return np.linalg.norm(shapes - shape, axis=2).mean(axis=1)


def _shapes(hands: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(T, 42, 3) -> the joints of the hand seen more, from its wrist and in its palm lengths (T, joints, 2), and the
    frames in which it is seen; in those between, what lies between."""
    side = main_hand(hands)
    frames = np.flatnonzero(hands_seen(hands)[:, side])
    joints = hands.reshape(len(hands), 2, HAND_JOINTS, 3)[frames, side, :, :2]
    joints = joints - joints[:, [WRIST]]
    palm = max(float(np.median(np.linalg.norm(joints[:, KNUCKLES], axis=2))), 1e-6)
    whole = [np.interp(np.arange(len(hands)), frames, values) for values in joints.reshape(len(frames), -1).T / palm]
    return np.stack(whole, axis=1).reshape(len(hands), HAND_JOINTS, 2), frames
