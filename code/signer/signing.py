"""A phrase as the keys of a movement: each sign held or moved along its path, and what lies around it.

A sign takes a share of its time to be reached and is held for the rest. A held sign is not a doubled one: while it is
held the hand drifts, tilts, is carried along and mends its grip; a doubled sign has the alphabet's movement between,
or the hand opens and forms it anew.
"""

from dataclasses import replace

import numpy as np

from ground.errors import DataError
from signer.alphabet import PATH_POINTS, Alphabet, HandSign, Sign
from signer.gestures import hanging, hanging_key, way_in, way_out, with_other_hand
from signer.hand import ANGLES
from signer.motion import ANGLE, NO_PATH, Key, Motion, on_path, sampled
from signer.people import Person

FRAMES_PER_SIGN = (4, 50)
#: Fingers are spread with more care than they are bent.
CARE = np.array([0.5 if name.endswith("spread") else 1.0 for name in ANGLES])
#: Palm lengths (out, up, forward) and degrees (turn, tip, lean) by which a hand that holds a sign drifts in a second:
#: deviations. Outward the least, since there a slide makes another letter of it.
DRIFT = np.array([0.12, 0.22, 0.22, 5, 5, 5])
FARTHEST = 0.4  # palm lengths outward or inward
#: For up to so much of its time a moving sign's hand stands before its way and after it. Of 80 real ā a tenth of the
#: way is done after 0.29 of the time (0.20 to 0.43), nine tenths after 0.80 (0.70 to 0.89).
STANDS = (0.3, 0.15)
#: A sign held for longer than this (seconds) may be gripped anew, with this chance.
GRIP_AFTER, GRIPPED = 0.35, 0.15
MENDED = (0.05, 0.3)  # by so much the hand opens when it mends its grip


def move(phrase: list[str], alphabet: Alphabet, person: Person, fps: float, rng: np.random.Generator,
         frames_per_sign: float | None = None, framed: bool = True, alive: bool = False) -> Motion:
    """The motion of a phrase. `framed`: the hand rises from rest before it and returns after it. `alive`: it does so in
    all the ways that hands come and go, held signs drift, grips are mended, the other hand may do something of its own.

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
    if alive:
        keys = [part for key in keys for part in _held(key, fps, rng)]
    if framed and alive:
        through = alphabet.signs.get(alphabet.signs[phrase[0]].through)
        first = way_in(keys[0], person, fps, rng, through and through.hand.angles)
        keys = [*first, *keys[1:], *way_out(keys[-1], person, fps, rng)]
    elif framed:
        rise = fps * rng.uniform(0.25, 0.8)
        keys = [hanging_key(person, keys[0]), replace(keys[0], before=rise), *keys[1:],
                hanging_key(person, keys[-1], rise)]
    motion = sampled(keys, person, fps, rng)
    return with_other_hand(motion, person, fps, rng) if alive else motion


def _keys(phrase: list[str], alphabet: Alphabet, person: Person, frames: float, rng: np.random.Generator) -> list[Key]:
    keys: list[Key] = []
    shift = np.zeros(3)
    for position, (name, before) in enumerate(zip(phrase, [None, *phrase])):
        sign = alphabet.sign(name, person.ways)
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
              rng: np.random.Generator) -> Key:
    place = person.home + shift + rng.normal(0, 0.08, 3)
    main = _target(sign.hand, person, place, rng)
    if sign.second is None:
        other, second_path = hanging(person, sign.hand.angles), NO_PATH
    else:
        other, second_path = _target(sign.second, person, person.other_home, rng), sign.second.path
    scale = np.array([*[person.size * np.exp(rng.normal(0, 0.1))] * 3, 1, 1, 1])
    return Key(np.stack([main, other]), np.stack([sign.hand.path, second_path]) * scale, before, hold, position,
               float(sign.second is not None))


def _target(hand: HandSign, person: Person, place: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    angles = hand.angles * person.reach + person.habit + rng.normal(0, person.care * CARE)
    return np.concatenate([angles, hand.turned + person.posture + rng.normal(0, person.care, 3), place])


def _held(key: Key, fps: float, rng: np.random.Generator) -> list[Key]:
    """A key's sign as living hands hold it: one key, or two where the grip is mended between."""
    if key.sign < 0:
        return [key]
    if key.path.any():
        return [replace(key, path=_stood(key.path, rng))]
    seconds = key.hold / fps
    if seconds < GRIP_AFTER or rng.random() >= GRIPPED:
        return [replace(key, path=_carried(seconds, rng))]
    share = rng.uniform(0.15, 0.85)
    first = replace(key, path=_carried(share * seconds, rng), hold=share * key.hold)
    opened = first.end.copy()
    opened[0, ANGLE] *= 1 - rng.uniform(*MENDED)
    again = first.end.copy()
    again[0, ANGLE] = key.start[0, ANGLE] + rng.normal(0, 4, len(ANGLES))
    mending = fps * rng.uniform(0.05, 0.2)
    return [first, replace(key, start=opened, before=mending, hold=0.0, path=np.stack([NO_PATH, NO_PATH])),
            replace(key, start=again, before=mending, hold=(1 - share) * key.hold,
                    path=_carried((1 - share) * seconds, rng))]


def _stood(path: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Paths (2, 13, 6) that begin later and end earlier."""
    before, after = rng.uniform(0, STANDS)
    where = np.clip((np.linspace(0, 1, PATH_POINTS) - before) / (1 - before - after), 0, 1) * (PATH_POINTS - 1)
    first = np.minimum(where.astype(int), PATH_POINTS - 2)
    return path[:, first] + (path[:, first + 1] - path[:, first]) * (where - first)[:, None]


def _carried(seconds: float, rng: np.random.Generator) -> np.ndarray:
    """Paths (2, 13, 6) of hands that hold a sign for so long: the signing one drifts, and not quite straight."""
    way = rng.normal(0, DRIFT) * min(seconds, 2.5)
    way[0] = np.clip(way[0], -FARTHEST, FARTHEST)
    progress = np.linspace(0, 1, PATH_POINTS)[:, None] ** rng.uniform(0.6, 1.6, 6)
    return np.stack([progress * way, NO_PATH])


def _parting(last: Key, path: np.ndarray, person: Person, before: float) -> Key:
    """Between two equal signs: the hand opens a little and goes along the alphabet's movement for doubled signs."""
    start = last.end.copy()
    start[0, ANGLE] *= 1 - person.loosen
    middle = path[PATH_POINTS // 2] if np.allclose(path[0], path[-1]) else path[-1]
    start[0] += on_path(middle * [*[person.size] * 3, 1, 1, 1])
    return Key(start, np.stack([NO_PATH, NO_PATH]), before * 0.7, 0.0, -1, last.up)
