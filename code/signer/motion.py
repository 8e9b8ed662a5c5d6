"""The hand in motion: a phrase to joint angles, orientation and wrist path of both hands, frame by frame.

A sign is held (or moved along its path) for a share of its time; between two signs every angle goes from one to the
other with the smooth acceleration of a minimum-jerk movement (Flash and Hogan 1985). Angles start early or late
(anticipation), and the muscles' smoothing leaves targets incomplete at speed: coarticulation, as in Jerde, Soechting
and Flanders 2003.
"""

from dataclasses import dataclass

import numpy as np

from ground.errors import DataError
from signer.alphabet import PATH_POINTS, Alphabet, HandSign, Sign
from signer.hand import ANGLES, turn_x, turn_y, turn_z
from signer.people import Person

#: Channels of a hand: 21 angles, turn, tip and lean, then out, up, forward.
ANGLE, TURN, PLACE = slice(0, 21), slice(21, 24), slice(24, 27)
CHANNELS = 27
FRAMES_PER_SIGN = (4, 50)
NO_PATH = np.zeros((PATH_POINTS, 6))
HAND_DOWN = 178.0  # lean of a hanging hand: its fingers point down
#: Fingers are spread with more care than they are bent.
CARE = np.array([0.5 if name.endswith("spread") else 1.0 for name in ANGLES])


@dataclass(frozen=True)
class Motion:
    """hands (T, 2, 27): the signing hand, then the other one (channels: ANGLE, TURN, PLACE). sign (T,): which sign of
    the phrase is held, -1 between signs. two_handed (T,): 1 where the other hand is up, 0 where it hangs."""

    hands: np.ndarray
    sign: np.ndarray
    two_handed: np.ndarray


@dataclass(frozen=True)
class _Key:
    """A moment at which the hands stand at `start`; a sign's hands then follow `path` for `hold` frames."""

    start: np.ndarray  # (2, 27)
    path: np.ndarray  # (2, 13, 6)
    before: float  # frames of the transition that leads here
    hold: float  # frames
    sign: int  # -1: not a sign
    up: float  # whether the other hand is up

    @property
    def end(self) -> np.ndarray:
        return self.start + _on_path(self.path[:, -1])


def move(phrase: list[str], alphabet: Alphabet, person: Person, fps: float, rng: np.random.Generator,
         frames_per_sign: float | None = None, framed: bool = True) -> Motion:
    """The motion of a phrase. `framed`: the hand rises from rest before it and returns after it.

    Raises DataError for a sign that the alphabet lacks and for less than one frame a sign.
    """
    unknown = [sign for sign in phrase if sign not in alphabet.signs]
    if unknown or not phrase:
        raise DataError("-".join(phrase), f"zīmes «{unknown[0]}» nav alfabētā {alphabet.name}" if unknown else
                        "frāzē nav nevienas zīmes", f"Aprakstiet to failā code/alphabets/{alphabet.name}.json")
    if frames_per_sign is not None and frames_per_sign < 1:
        raise DataError("frames_per_sign", f"{frames_per_sign} kadri zīmei", "Vajag vismaz 1")
    frames = frames_per_sign or float(np.clip(fps / person.tempo, *FRAMES_PER_SIGN))
    keys = _keys(phrase, alphabet, person, frames, rng)
    if framed:
        rise = fps * rng.uniform(0.25, 0.8)
        keys = [_rest(person, keys[0], 0, rng), *keys, _rest(person, keys[-1], rise, rng)]
        keys[1] = _Key(**{**vars(keys[1]), "before": rise})
    return _sampled(keys, person, fps, rng)


def placed(motion: Motion) -> tuple[np.ndarray, np.ndarray]:
    """Where the hands are, both as right hands: wrists (T, 2, 3) and orientations (T, 2, 3, 3) in the room."""
    turn, tip, lean = np.moveaxis(np.radians(motion.hands[..., TURN].astype(np.float32)), -1, 0)
    wrists = motion.hands[..., PLACE] * np.array([-1, 1, 1])
    return wrists.astype(np.float32), turn_z(-lean) @ turn_x(tip) @ turn_y(turn)


def minimum_jerk(part: np.ndarray) -> np.ndarray:
    """How much of a way is behind a hand when `part` of its time is, both 0 to 1 (Flash and Hogan 1985)."""
    return part ** 3 * (10 - 15 * part + 6 * part ** 2)


def _keys(phrase: list[str], alphabet: Alphabet, person: Person, frames: float, rng: np.random.Generator) -> list[_Key]:
    keys: list[_Key] = []
    shift = np.zeros(3)
    for position, (name, before) in enumerate(zip(phrase, [None, *phrase])):
        sign = alphabet.signs[name]
        time = frames * sign.duration * np.exp(rng.normal(0, 0.15))
        between = max(frames * (1 - person.hold), 1.0)
        if name == before and not sign.moves:
            parting = alphabet.doubled[person.doubled % len(alphabet.doubled)]
            keys.append(_parting(keys[-1], parting, person, between))
            shift = shift + person.size * parting[-1, :3]
        keys.append(_sign_key(sign, person, shift, between, max(time - between, 1.0), position, rng))
        way = person.size * sign.hand.path[-1, :3]
        shift = person.stay * (shift + way) * [1, 0.3, 0.3] + [person.drift, 0, 0]
    return keys


def _sign_key(sign: Sign, person: Person, shift: np.ndarray, before: float, hold: float, position: int,
              rng: np.random.Generator) -> _Key:
    place = person.home + shift + rng.normal(0, 0.08, 3)
    main = _target(sign.hand, person, place, rng)
    if sign.second is None:
        other, second_path = _hanging(person, sign.hand.angles), NO_PATH
    else:
        other, second_path = _target(sign.second, person, person.other_home, rng), sign.second.path
    scale = np.array([*[person.size * np.exp(rng.normal(0, 0.1))] * 3, 1, 1, 1])
    return _Key(np.stack([main, other]), np.stack([sign.hand.path, second_path]) * scale, before, hold, position,
                float(sign.second is not None))


def _target(hand: HandSign, person: Person, place: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    angles = hand.angles * person.reach + person.habit + rng.normal(0, person.care * CARE)
    return np.concatenate([angles, hand.turned + person.posture + rng.normal(0, person.care, 3), place])


def _hanging(person: Person, angles: np.ndarray) -> np.ndarray:
    return np.concatenate([0.3 * angles + person.habit + 8, [60, 0, HAND_DOWN], person.rest])


def _parting(last: _Key, path: np.ndarray, person: Person, before: float) -> _Key:
    """Between two equal signs: the hand opens a little and goes along the alphabet's movement for doubled signs."""
    start = last.end.copy()
    start[0, ANGLE] *= 1 - person.loosen
    middle = path[PATH_POINTS // 2] if np.allclose(path[0], path[-1]) else path[-1]
    start[0] += _on_path(middle * [*[person.size] * 3, 1, 1, 1])
    return _Key(start, np.stack([NO_PATH, NO_PATH]), before * 0.7, 0.0, -1, last.up)


def _rest(person: Person, near: _Key, before: float, rng: np.random.Generator) -> _Key:
    hands = np.stack([_hanging(person, hand[ANGLE]) for hand in near.start])
    return _Key(hands, np.stack([NO_PATH, NO_PATH]), before, rng.uniform(0, 6), -1, 0.0)


def _on_path(step: np.ndarray) -> np.ndarray:
    """A point of a path (..., 6) as a change of the channels (..., 27)."""
    change = np.zeros((*step.shape[:-1], CHANNELS))
    change[..., PLACE], change[..., TURN] = step[..., :3], step[..., 3:]
    return change


def _sampled(keys: list[_Key], person: Person, fps: float, rng: np.random.Generator) -> Motion:
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

    early = np.clip(progress[:, None] * 1.36 - 0.18 + person.overlap, 0, 1)[:, None]
    hands = froms[key] + (firsts[key] - froms[key]) * np.where(holding[:, None, None], 1, minimum_jerk(early))
    moved = _on_path(_along(np.stack([k.path for k in keys])[key], progress))
    hands = hands + np.where(holding[:, None, None], moved, 0)
    hands = smoothed(hands, person.sloth * fps)
    hands[..., PLACE] += rng.normal(0, person.tremor, (*hands.shape[:-1], 3))
    up = np.array([k.up for k in keys])
    two_handed = np.maximum(up[key], np.where(holding, 0, up[np.maximum(key - 1, 0)]))
    return Motion(hands, np.where(holding, np.array([k.sign for k in keys])[key], -1), two_handed)


def _along(paths: np.ndarray, progress: np.ndarray) -> np.ndarray:
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
