"""Augmentation of raw hand landmarks: what another person, camera or moment would have given.

Every function takes and gives `float32 (T, 42, 3)` and a NumPy generator; hands not seen stay zeros. The choice follows
what paid in Kaggle's ASL Fingerspelling 2023 (stretched time, joined sequences, dropped fingers, hands and frames).
"""

import dataclasses

import numpy as np

from ground.errors import DataError
from ground.landmarks import FINGERS, HAND_JOINTS, hands_seen, main_hand, mirrored, palm_lengths
from utils.recordings import Recording, frames_needed

TRANSITION_FRAMES = (4, 10)  # between two joined recordings: the hand's way from one sign to the next
FLICKERING = 0.6
FOLDED = (0.6, 0.35, -0.15)  # where a folded finger's joints are seen from its knuckle on, in lengths of its first bone


@dataclasses.dataclass(frozen=True)
class Augmentation:
    """Strengths; 0 switches one off."""

    rotation: float = 15.0  # degrees, in the picture's plane, up to
    turn: float = 15.0  # degrees, about the vertical and the horizontal axis, up to
    scale: float = 0.15  # each axis by a factor within 1 +- scale
    shear: float = 0.1
    time_stretch: float = 0.4  # 1 +- this times as many frames; 0.5 gives 0.5 to 1.5
    mask_frames: float = 0.05  # share of frames in which the hands are hidden, in runs, up to
    drop_frames: float = 0.05  # share of frames taken out, up to
    drop_hand: float = 0.0  # probability that the hand seen less is hidden throughout: not where signs have two hands
    drop_finger: float = 0.1  # probability that one finger is folded into its knuckle; and that one flickers
    drop_depth: float = 0.1  # probability that the recording has no depth (z), as those of some trackers
    join: float = 0.5  # probability that another recording is joined on, labels too
    flip: float = 0.0  # probability of mirroring

    def __post_init__(self):
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if not isinstance(value, (int, float)) or value < 0 or (field.name == "time_stretch" and value >= 1):
                raise DataError("AUGMENTATION", f"{field.name} = {value!r} nav derīgs stiprums", "0 to izslēdz")


def augmentation_from(use: bool, strengths: dict, use_flip: bool) -> Augmentation | None:
    """The configuration cell's settings as one object; None when augmentation is off.

    Raises DataError for an unknown name.
    """
    known = {field.name for field in dataclasses.fields(Augmentation)}
    if unknown := sorted(set(strengths) - known):
        raise DataError("AUGMENTATION", f"«{unknown[0]}» nav zināms", f"Zināmie: {', '.join(sorted(known))}")
    if not use:
        return None
    return dataclasses.replace(Augmentation(**strengths), flip=0.5 if use_flip else 0.0)


def augment(recording: Recording, others: list[Recording], settings: Augmentation, rng: np.random.Generator,
            frames_per_sign: int) -> Recording:
    """One new version of a recording; the result always keeps the frames that CTC needs."""
    if others and rng.random() < settings.join:
        other = others[rng.integers(len(others))]
        recording = join(recording, other, rng) if recording.frames and other.frames else recording
    hands = recording.hands
    if rng.random() < settings.flip:
        hands = mirrored(hands)
    if rng.random() < settings.drop_hand:
        hands = drop_lesser_hand(hands)
    if rng.random() < settings.drop_finger:
        hands = drop_finger(hands, rng)
    if rng.random() < settings.drop_finger:
        hands = flicker_finger(hands, rng)
    hands = stretch_time(hands, settings.time_stretch, rng)
    hands = drop_frames(hands, settings.drop_frames, rng)
    hands = mask_frames(hands, settings.mask_frames, rng)
    hands = transform(hands, recording.aspect, settings, rng)
    if rng.random() < settings.drop_depth:
        hands = drop_depth(hands)
    changed = dataclasses.replace(recording, landmarks=hands)
    return changed if changed.frames >= frames_needed(recording.signs, frames_per_sign) else recording


def transform(hands: np.ndarray, aspect: float, settings: Augmentation, rng: np.random.Generator) -> np.ndarray:
    """Rotation, turn, scale and shear about the middle of the signing, in true proportions (image heights)."""
    visible = np.repeat(hands_seen(hands), HAND_JOINTS, axis=1)[..., None]
    if not visible.any():
        return hands
    stretch = np.array([aspect, 1, aspect], np.float32)
    points = hands * stretch
    middle = points.sum(axis=(0, 1)) / visible.sum()
    roll = _about(2, rng.uniform(-1, 1) * settings.rotation)
    yaw = _about(1, rng.uniform(-1, 1) * settings.turn)
    pitch = _about(0, rng.uniform(-1, 1) * settings.turn)
    scale = np.diag(1 + rng.uniform(-1, 1, 3) * settings.scale)
    shear = np.eye(3)
    shear[0, 1] = rng.uniform(-1, 1) * settings.shear
    matrix = (roll @ yaw @ pitch @ scale @ shear).astype(np.float32)
    return np.where(visible, ((points - middle) @ matrix.T + middle) / stretch, 0).astype(np.float32)


def stretch_time(hands: np.ndarray, strength: float, rng: np.random.Generator) -> np.ndarray:
    """1 - strength to 1 + strength times as many frames, interpolated where both neighbours see the hand."""
    frames = max(2, round(len(hands) * rng.uniform(1 - strength, 1 + strength)))
    if frames == len(hands):
        return hands
    place = np.linspace(0, len(hands) - 1, frames)
    before = place.astype(int)
    after = np.minimum(before + 1, len(hands) - 1)
    part = (place - before).astype(np.float32)[:, None, None]
    visible = hands_seen(hands)
    both = np.repeat(visible[before] & visible[after], HAND_JOINTS, axis=1)[..., None]
    nearest = np.where(part < 0.5, hands[before], hands[after])
    return np.where(both, hands[before] * (1 - part) + hands[after] * part, nearest)


def drop_frames(hands: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Takes out up to `share` of the frames at random places, as a slow camera does."""
    kept = rng.random(len(hands)) >= rng.uniform(0, share)
    return hands[kept] if kept.sum() >= 2 else hands


def mask_frames(hands: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Hides the hands in short runs, up to `share` of the frames, as MediaPipe loses them."""
    return np.where(_in_runs(len(hands), share, rng)[:, None, None], 0, hands)


def drop_lesser_hand(hands: np.ndarray) -> np.ndarray:
    """Hides the hand that is seen in fewer frames (the left one when both are seen alike)."""
    kept = hands.copy()
    kept[:, slice(0, HAND_JOINTS) if main_hand(hands) else slice(HAND_JOINTS, None)] = 0
    return kept


def drop_finger(hands: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Folds one finger of both hands into its knuckle: a network must not live on one fingertip.

    The knuckle stays, since the palm is what sizes are measured by.
    """
    knuckle, *rest = FINGERS[list(FINGERS)[rng.integers(len(FINGERS))]]
    changed = hands.copy()
    for first in (0, HAND_JOINTS):
        changed[:, [first + joint for joint in rest]] = hands[:, first + knuckle, None]
    return changed


def flicker_finger(hands: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Folds one finger, never the thumb, in short runs of up to FLICKERING of the frames: of people's raised fingers
    MediaPipe now and then takes one for folded."""
    knuckle, middle, *ends = FINGERS[list(FINGERS)[rng.integers(1, len(FINGERS))]]
    folded = _in_runs(len(hands), FLICKERING, rng)
    changed = hands.copy()
    for first in (0, HAND_JOINTS):
        at, bone = hands[folded, first + knuckle], hands[folded, first + middle] - hands[folded, first + knuckle]
        for joint, place in zip((middle, *ends), FOLDED):
            changed[folded, first + joint] = at + place * bone
    return changed


def drop_depth(hands: np.ndarray) -> np.ndarray:
    """The hands as a tracker gives them that knows no depth."""
    return hands * np.array([1, 1, 0], np.float32)


def join(first: Recording, second: Recording, rng: np.random.Generator) -> Recording:
    """The second recording after the first, with its signs: brought to the same hand, size and place, and a short
    way between. The aspect ratio becomes the first's."""
    hands = second.hands * np.array([second.aspect / first.aspect, 1, second.aspect / first.aspect], np.float32)
    if main_hand(first.hands) != main_hand(hands):
        hands = mirrored(hands)
    side = main_hand(first.hands) * HAND_JOINTS
    here, there = first.hands[:first.frames], hands[:second.frames]
    last = here[np.flatnonzero(np.any(here[:, side] != 0, axis=1))[-1], side]
    begin = there[np.flatnonzero(np.any(there[:, side] != 0, axis=1))[0], side]
    ratio = _palm(here, side, first.aspect) / _palm(there, side, first.aspect)
    seen = np.any(there != 0, axis=2, keepdims=True)
    moved = np.where(seen, (there - begin) * ratio + last, 0)
    way = np.linspace(0, 1, int(rng.integers(*TRANSITION_FRAMES)) + 2)[1:-1, None, None]
    between = np.zeros((len(way), *here.shape[1:]))
    both = hands_seen(here[-1:])[0] & hands_seen(moved[:1])[0]
    for hand in np.flatnonzero(both):
        joints = slice(hand * HAND_JOINTS, (hand + 1) * HAND_JOINTS)
        between[:, joints] = here[-1, joints] * (1 - way) + moved[0, joints] * way
    return dataclasses.replace(first, name=f"{first.name}+{second.name}", signs=first.signs + second.signs,
                               landmarks=np.concatenate([here, between, moved]).astype(np.float32))


def _palm(hands: np.ndarray, side: int, aspect: float) -> float:
    hand = hands[:, side:side + HAND_JOINTS] * [aspect, 1, aspect]
    hand = hand[np.any(hand != 0, axis=(1, 2))]
    return max(float(palm_lengths(hand).mean()), 1e-3)


def _about(axis: int, degrees: float) -> np.ndarray:
    """Rotation matrix about an axis of the picture (0 right, 1 down, 2 into it)."""
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    first, second = [other for other in range(3) if other != axis]
    matrix = np.eye(3)
    matrix[first, first] = matrix[second, second] = cosine
    matrix[first, second], matrix[second, first] = -sine, sine
    return matrix


def _in_runs(frames: int, share: float, rng: np.random.Generator) -> np.ndarray:
    """Which frames (frames,) lie in short runs, up to `share` of them in all."""
    chosen = np.zeros(frames, bool)
    left = int(frames * rng.uniform(0, share))
    while left > 0:
        run = min(left, int(rng.integers(1, 6)))
        start = int(rng.integers(frames))
        chosen[start:start + run] = True
        left -= run
    return chosen
