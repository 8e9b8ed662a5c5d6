"""What hands do besides signing: they rest, rise, open, wait, scratch, help each other and fall again.

None of it is a sign. What it is like was seen on recordings of people who raise a hand for one letter: the hand comes
up loose and open, stands for a moment, and the fingers then take the letter's shape one after another, passing
through what could be other letters; afterwards it opens or keeps its shape while it falls.
"""

from dataclasses import replace

import numpy as np

from signer.alphabet import PATH_POINTS
from signer.hand import ANGLES
from signer.motion import ANGLE, NO_PATH, PLACE, TURN, Key, Motion, sampled
from signer.people import Person

#: Shares of how a hand comes: shaped on the way up; up first, shaped then; the rest is up already.
SHAPED_COMING, SHAPED_UP = 0.25, 0.6
#: And of how it goes: relaxing on the way down; opening first; opening at the end; the rest keeps its shape.
RELAXING, OPENING, STAYING = 0.4, 0.3, 0.15
#: Places where a hand rests (out, up, forward in palm lengths), its turn, tip and lean there, and how often it does;
#: the first is the person's own, beside the body.
RESTS = ((None, (60, 0, 178), 0.5), ((0.4, -4.6, 2.2), (100, 30, 110), 0.2), ((1.3, -3.4, 3.6), (0, 80, 30), 0.15),
         ((0.1, -1.9, 1.4), (160, 0, 70), 0.15))
#: Places that are scratched or touched: cheek, hair, nose, chin, the other arm, the chest.
TOUCHED = ((0.7, 1.6, 1.2), (0.9, 3.0, 0.6), (0.0, 1.9, 1.6), (0.2, 1.0, 1.5), (-1.6, -2.2, 1.8), (0.1, -1.0, 1.2))
#: How far a hand is closed, as the middle and the spread of a share: open, loose, half, a fist.
CLOSED = ((0.06, 0.06, 0.35), (0.28, 0.12, 0.4), (0.55, 0.14, 0.15), (0.9, 0.1, 0.1))
FIST = np.array([{"mcp": 66, "pip": 104, "dip": 45}.get(name.split(".")[1], 0.0) for name in ANGLES])
FIST[:5] = 10, 40, 34, 30, 30
LOOSE_THUMB = np.array([28, 22, 26, 6, 10])
#: Which channels move together: the thumb, each finger, the turn of the hand, its place.
TOGETHER = np.r_[np.zeros(5, int), np.repeat([1, 2, 3, 4], 4), [5] * 3, [6] * 3]
ONE_POINTS = 0.12  # chance that one finger of an idle hand is straight
RESTS_IN_VIEW, IDLES, HELPS = 0.2, 0.12, 0.08  # chances of the other hand
#: Seconds for which a hand stands before a sign: mean, at most; and so when it stands as that of another sign.
STANDS, THROUGH_STANDS, LONGEST_STAND = 0.35, 0.55, 1.6
THROUGH_ANOTHER, THROUGH_FORMING = 0.12, (0.08, 0.5)  # chance that it stands so; seconds until the sign is formed
PARTLY_FORMED = 0.5  # chance that a hand that stands before a letter has some of its fingers already


def way_in(first: Key, person: Person, fps: float, rng: np.random.Generator,
           through: np.ndarray | None = None) -> list[Key]:
    """The first sign's key with what comes before it: a hand that rises, or that is up already; `through`: angles (21,)
    in which it may stand before."""
    rise, kind = fps * rng.uniform(0.2, 0.9), rng.random()
    rest = rest_key(person, first.start[0, ANGLE], rng)
    if through is not None and rng.random() < THROUGH_ANOTHER:
        hand = first.start[0].copy()
        hand[ANGLE] = through + person.habit + rng.normal(0, 4, len(ANGLES))
        hand[TURN] += rng.normal(0, 9, 3)
        hand[PLACE] += rng.normal(0, [0.2, 0.25, 0.15])
        up = Key(np.stack([hand, first.start[1]]), drifting(rng, 0.15), rise, fps * hesitation(THROUGH_STANDS, rng))
        return [rest, up, replace(first, before=fps * rng.uniform(*THROUGH_FORMING))]
    if kind < SHAPED_COMING:
        return [rest, replace(first, before=rise)]
    up = Key(np.stack([near(first.start[0], person, rng), rest.start[1]]), drifting(rng), rise,
             fps * hesitation(STANDS, rng))
    shaped = replace(first, before=fps * rng.uniform(0.12, 1.6), window=one_after_another(rng))
    return [rest, up, shaped] if kind < SHAPED_COMING + SHAPED_UP else [replace(up, before=0.0), shaped]


def way_out(last: Key, person: Person, fps: float, rng: np.random.Generator) -> list[Key]:
    """What comes after the last sign."""
    fall, kind = fps * rng.uniform(0.2, 0.8), rng.random()
    if kind < RELAXING:
        return [rest_key(person, 0.3 * last.start[0, ANGLE] + 8, rng, fall)]
    if kind < RELAXING + OPENING + STAYING:
        up = Key(np.stack([near(last.end[0], person, rng), last.start[1]]), drifting(rng), fps * rng.uniform(0.1, 0.5),
                 fps * min(rng.exponential(0.15), 0.8), up=last.up, window=one_after_another(rng))
        return [up] if kind >= RELAXING + OPENING else [up, rest_key(person, up.start[0, ANGLE], rng, fall)]
    return [rest_key(person, last.start[0, ANGLE], rng, fall)]


def rest_key(person: Person, angles: np.ndarray, rng: np.random.Generator, before: float = 0.0) -> Key:
    """Both hands at rest, the signing one with such fingers."""
    hands = np.stack([resting(person, angles, rng), hanging(person, angles)])
    return Key(hands, np.stack([NO_PATH, NO_PATH]), before, rng.uniform(0, 6))


def hanging_key(person: Person, beside: Key, before: float = 0.0) -> Key:
    """Both hands beside the body, before or after the key `beside`."""
    hands = np.stack([hanging(person, hand[ANGLE]) for hand in beside.start])
    return Key(hands, np.stack([NO_PATH, NO_PATH]), before, 3.0)


def hanging(person: Person, angles: np.ndarray) -> np.ndarray:
    """A hand (27,) that hangs beside the body."""
    return np.concatenate([0.3 * angles + person.habit + 8, RESTS[0][1], person.rest])


def resting(person: Person, angles: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A hand (27,) at rest: it hangs, lies in the lap, on a table or before the belly."""
    place, turned, _ = RESTS[rng.choice(len(RESTS), p=[share for *_, share in RESTS])]
    place = person.rest if place is None else np.array(place) + rng.normal(0, 0.4, 3)
    return np.concatenate([angles, np.array(turned) + rng.normal(0, [22, 14, 16]), place])


def loose_shape(person: Person, rng: np.random.Generator) -> np.ndarray:
    """Angles (21,) of a hand that forms nothing."""
    middle, spread, _ = CLOSED[rng.choice(len(CLOSED), p=[share for *_, share in CLOSED])]
    closed = np.repeat(np.clip(rng.normal(middle, spread) + np.r_[0, rng.normal(0, 0.08, 4)], 0, 1), [5, 4, 4, 4, 4])
    if rng.random() < ONE_POINTS:
        finger = int(rng.integers(4))
        closed[5 + 4 * finger:9 + 4 * finger] *= 0.15
    angles = closed * FIST + person.habit + rng.normal(0, 4, len(ANGLES))
    angles[:5] = closed[:5] * FIST[:5] + (1 - closed[:5]) * LOOSE_THUMB * rng.uniform(0.3, 1.6) + rng.normal(0, 7, 5)
    angles[5::4] += (1 - closed[5::4]) * rng.uniform(-0.3, 1) * np.array([13, 4, -5, -14])
    return angles


def hesitation(mean: float, rng: np.random.Generator) -> float:
    """Seconds for which a hand stands before a sign."""
    return min(rng.exponential(mean), LONGEST_STAND)


def near(hand: np.ndarray, person: Person, rng: np.random.Generator) -> np.ndarray:
    """A loose hand (27,) near where another is held."""
    turned = hand[TURN] * rng.uniform(0, 1) + rng.normal(0, [28, 14, 14])
    place = hand[PLACE] + rng.normal(0, [0.4, 0.5, 0.3])
    shape = loose_shape(person, rng)
    if rng.random() < PARTLY_FORMED:
        shape = shape + (hand[ANGLE] - shape) * formed_fingers(rng)[TOGETHER[ANGLE]]
    return np.concatenate([shape, turned, place])


def one_after_another(rng: np.random.Generator) -> np.ndarray:
    """A key's window (27, 2) in which each finger sets out when it likes."""
    return setting_out(7, rng)[TOGETHER]


def setting_out(parts: int, rng: np.random.Generator) -> np.ndarray:
    """When in a transition each part of the hand sets out and how long it takes, (parts, 2), as shares of it."""
    begin = rng.uniform(0, 0.6, parts)
    return np.stack([begin, (1 - begin) * rng.uniform(0.45, 1, parts)], axis=1)


def formed_fingers(rng: np.random.Generator) -> np.ndarray:
    """(5,): how far each finger is already as it will be: some are, the others are on their way."""
    return np.where(rng.random(5) < rng.uniform(0.2, 0.8), 1, rng.uniform(0, 0.6, 5))


def drifting(rng: np.random.Generator, size: float = 0.3, cycles: float = 0.5) -> np.ndarray:
    """Paths (2, 13, 6) along which hands that do nothing sway: so many times to and fro, so many palm lengths."""
    time = np.linspace(0, 1, PATH_POINTS)[:, None]
    wave = np.sin(2 * np.pi * (cycles * time + rng.random(6)))
    amount = rng.normal(0, [size] * 3 + [25 * size] * 3)
    return np.stack([(wave - wave[0]) * amount, NO_PATH])


def idle_keys(person: Person, fps: float, seconds: float, rng: np.random.Generator) -> list[Key]:
    """About so many seconds in which the signing hand signs nothing."""
    keys = [rest_key(person, loose_shape(person, rng), rng)]
    while sum(key.before + key.hold for key in keys) < seconds * fps:
        keys.append(_gesture(keys[-1], person, fps, rng))
    return keys


def _gesture(last: Key, person: Person, fps: float, rng: np.random.Generator) -> Key:
    """One thing that a hand does: rest, stand, speak along, touch."""
    kind, before = rng.random(), fps * rng.uniform(0.2, 0.9)
    window = one_after_another(rng) if rng.random() < 0.5 else None
    if kind < 0.25:
        return replace(rest_key(person, loose_shape(person, rng), rng, before), hold=fps * rng.uniform(0.1, 1.5))
    if kind < 0.5:
        touched = np.array(TOUCHED[rng.integers(len(TOUCHED))]) + rng.normal(0, 0.3, 3)
        turned = np.array([150, 10, 30]) + rng.normal(0, [35, 20, 30])
        hand = np.concatenate([loose_shape(person, rng), turned, touched])
        path, hold = drifting(rng, 0.15, rng.uniform(1, 4)), fps * rng.uniform(0.2, 1.2)
    else:
        place = person.home + rng.normal(0, [0.9, 1.2, 0.6])
        turned = rng.normal([50, 15, 10], [50, 25, 25])
        hand = np.concatenate([loose_shape(person, rng), turned, place])
        path, hold = drifting(rng, 0.4, rng.uniform(0.3, 2)), fps * min(rng.exponential(0.5), 2)
    return Key(np.stack([hand, last.start[1]]), path, before, hold, window=window)


def with_other_hand(motion: Motion, person: Person, fps: float, rng: np.random.Generator) -> Motion:
    """The motion with something for the other hand to do, where it does not sign: rest in view, come and go, or hold
    the signing arm."""
    kind = rng.random()
    if motion.two_handed.any() or kind >= RESTS_IN_VIEW + IDLES + HELPS:
        return motion
    hands, frames = motion.hands.copy(), len(motion.hands)
    if kind < RESTS_IN_VIEW:
        hands[:, 1] = resting(person, loose_shape(person, rng), rng)
        hands[:, 1, PLACE] += rng.normal(0, person.tremor, (frames, 3))
    elif kind < RESTS_IN_VIEW + IDLES:
        other = sampled(idle_keys(person, fps, frames / fps, rng), person, fps, rng).hands
        hands[:, 1] = other[np.minimum(np.arange(frames), len(other) - 1), 0]
    else:
        held = hands[:, 0, PLACE] * [-1, 1, 1] + rng.normal([0, -1.7, -0.3], 0.3)
        turned = np.array([90, 20, 80]) + rng.normal(0, 20, 3)
        hands[:, 1] = np.concatenate([np.tile(np.r_[loose_shape(person, rng), turned], (frames, 1)), held], axis=1)
    return replace(motion, hands=hands)
