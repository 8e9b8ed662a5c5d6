"""Hands in motion, frame by frame: what stands between the keys of a movement.

A key is a moment at which the hands stand somewhere for some time (`Key`). Between two keys every angle goes from one
to the other with the smooth acceleration of a minimum-jerk movement (Flash and Hogan 1985). Angles start early or late
(anticipation), and the muscles' smoothing leaves targets incomplete at speed: coarticulation, as in Jerde, Soechting
and Flanders 2003. `gestures` and `signing` say which keys there are.
"""

from dataclasses import dataclass

import numpy as np

from signer.alphabet import PATH_POINTS
from signer.hand import turn_x, turn_y, turn_z
from signer.people import Person

#: Channels of a hand: 21 angles, turn, tip and lean, then out, up, forward.
ANGLE, TURN, PLACE = slice(0, 21), slice(21, 24), slice(24, 27)
CHANNELS = 27
NO_PATH = np.zeros((PATH_POINTS, 6))


@dataclass(frozen=True)
class Motion:
    """hands (T, 2, 27): the signing hand, then the other one (channels: ANGLE, TURN, PLACE). sign (T,): which sign of
    the phrase is held, -1 between signs. two_handed (T,): 1 where the other hand is up, 0 where it hangs."""

    hands: np.ndarray
    sign: np.ndarray
    two_handed: np.ndarray


@dataclass(frozen=True)
class Key:
    """A moment at which the hands stand at `start`; they then follow `path` for `hold` frames."""

    start: np.ndarray  # (2, 27)
    path: np.ndarray  # (2, 13, 6)
    before: float  # frames of the transition that leads here
    hold: float  # frames
    sign: int = -1  # -1: not a sign
    up: float = 0.0  # whether the other hand is up
    window: np.ndarray | None = None  # (27, 2): see `usual_window`, which it is without

    @property
    def end(self) -> np.ndarray:
        return self.start + on_path(self.path[:, -1])


def usual_window(person: Person) -> np.ndarray:
    """When in a transition each channel sets out and how long it takes, (27, 2), both as shares of the transition."""
    return np.stack([(0.18 - person.overlap) / 1.36, np.full(CHANNELS, 1 / 1.36)], axis=1)


def sampled(keys: list[Key], person: Person, fps: float, rng: np.random.Generator) -> Motion:
    """Keys to frames: each key's transition, then its hold."""
    firsts = np.stack([key.start for key in keys])
    lasts = np.stack([key.end for key in keys])
    froms = np.stack([firsts[0], *lasts[:-1]])
    lengths = np.array([[key.before, key.hold] for key in keys])
    edges = np.r_[0, np.cumsum(lengths)]
    time = np.arange(max(int(np.ceil(edges[-1])), 1)) + 0.5
    part = np.clip(np.searchsorted(edges, time, side="right") - 1, 0, 2 * len(keys) - 1)
    key, holding = part // 2, part % 2 == 1
    progress = (time - edges[part]) / np.maximum(edges[part + 1] - edges[part], 1e-6)

    usual = usual_window(person)
    windows = np.stack([usual if one.window is None else one.window for one in keys])
    done = np.clip((progress[:, None] - windows[key, :, 0]) / windows[key, :, 1], 0, 1)[:, None]
    hands = froms[key] + (firsts[key] - froms[key]) * np.where(holding[:, None, None], 1, minimum_jerk(done))
    moved = on_path(along(np.stack([one.path for one in keys])[key], progress))
    hands = hands + np.where(holding[:, None, None], moved, 0)
    hands = smoothed(hands, person.sloth * fps)
    hands[..., PLACE] += rng.normal(0, person.tremor, (*hands.shape[:-1], 3))
    up, signs = np.array([one.up for one in keys]), np.array([one.sign for one in keys])
    two_handed = np.maximum(up[key], np.where(holding, 0, up[np.maximum(key - 1, 0)]))
    held = holding | ((key > 0) & (signs[key] == signs[key - 1]))  # a grip that is mended belongs to its sign
    return Motion(hands, np.where(held, signs[key], -1), two_handed)


def placed(motion: Motion) -> tuple[np.ndarray, np.ndarray]:
    """Where the hands are, both as right hands: wrists (T, 2, 3) and orientations (T, 2, 3, 3) in the room."""
    turn, tip, lean = np.moveaxis(np.radians(motion.hands[..., TURN].astype(np.float32)), -1, 0)
    wrists = motion.hands[..., PLACE] * np.array([-1, 1, 1])
    return wrists.astype(np.float32), turn_z(-lean) @ turn_x(tip) @ turn_y(turn)


def minimum_jerk(part: np.ndarray) -> np.ndarray:
    """How much of a way is behind a hand when `part` of its time is, both 0 to 1 (Flash and Hogan 1985)."""
    return part ** 3 * (10 - 15 * part + 6 * part ** 2)


def on_path(step: np.ndarray) -> np.ndarray:
    """A point of a path (..., 6) as a change of the channels (..., 27)."""
    change = np.zeros((*step.shape[:-1], CHANNELS))
    change[..., PLACE], change[..., TURN] = step[..., :3], step[..., 3:]
    return change


def along(paths: np.ndarray, progress: np.ndarray) -> np.ndarray:
    """Paths (T, 2, 13, 6) at progress (T,), slow at both ends: (T, 2, 6)."""
    where = progress * progress * (3 - 2 * progress) * (PATH_POINTS - 1)
    before = np.clip(where.astype(int), 0, PATH_POINTS - 2)
    rows = np.arange(len(paths))
    share = (where - before)[:, None, None]
    return paths[rows, :, before] * (1 - share) + paths[rows, :, before + 1] * share


def smoothed(values: np.ndarray, spread: float) -> np.ndarray:
    """Gaussian smoothing over the first axis; `spread` is its deviation in frames."""
    if spread < 0.3:
        return values
    reach = int(np.ceil(2.5 * spread))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / spread) ** 2)
    padded = np.concatenate([values[:1].repeat(reach, 0), values, values[-1:].repeat(reach, 0)])
    return sum(weight * padded[start:start + len(values)] for start, weight in enumerate(weights / weights.sum()))
