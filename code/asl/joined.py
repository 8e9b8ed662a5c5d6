"""People's single letters joined into words, with what hands do before, between and after them.

A word takes all its letters from one person: joined sequences with their labels paid in Kaggle's ASL Fingerspelling
2023 (CutMix, the first place's notes). The hand comes up loose and forms the first letter, goes from letter to letter
with the palm turning and the fingers each in their own time, drifts while a letter is held, and goes.
"""

import numpy as np

from asl.letters import MOVING, LetterClip
from asl.ways import RATE, carried, coming, loose, moved, way
from ground.landmarks import HAND_JOINTS, WRIST, hands_seen, mirrored, palm_lengths
from signer.alphabet import Alphabet
from signer.camera import SIZES
from signer.gestures import setting_out
from signer.motion import smoothed
from signer.noise import NO_DEPTH, POOR, Noise, mistaken, poorly_seen
from signer.practice import FRAMES_ALONE, GAP, Practice, practise_nothing
from utils.augmentation import Augmentation, drop_finger, mask_frames, transform
from utils.recordings import Recording

FRAMES_A_SIGN = (4, 45)
TRANSITION = (2, 12)  # frames from one letter to the next
SLOW, SLOWEST = 0.15, 15  # chance that it takes longer, one finger after another; frames at most
ASIDE = 0.6  # palm lengths outward from letter to letter, at most: to the picture's left
LONGER, LONGEST_WAY = 1.5, 60  # a sign that moves takes so much longer than a still one; frames at most
SLOTH = (0.0, 0.05)  # seconds by which the hand's muscles smooth a movement
JITTER = 0.012  # palm lengths: each frame's error that does not come from the frame before
COMES, GOES = 0.7, 0.65  # chances that the hand's coming and going are in the recording
LEFT_HANDED = 0.3  # share of the recordings that are mirrored
FORMED_ANEW = 0.15  # chance that the hand forms a doubled letter anew
OTHER_HAND, OTHER_HANDS = 0.15, 60  # chance that another hand is in view, and of how many it is one
GLIMPSED = 0.08  # chance that it begins with a frame of a letter, and then nothing
STRENGTHS = Augmentation(rotation=15, turn=18, scale=0.15, shear=0.12, mask_frames=0.08, drop_finger=0.05)


class Letters:
    """The clips by person and letter, from which words are joined."""

    def __init__(self, clips: list[LetterClip], noise: Noise,
                 paths: dict[str, list[tuple[float, np.ndarray]]] | None = None, alphabet: Alphabet | None = None):
        """`paths`: for signs that the clips show still, movements (13, 6) along which the hand goes, with shares.
        `alphabet`: which says through which other sign's hand a sign may be formed."""
        self.through = {name: sign.through for name, sign in alphabet.signs.items()} if alphabet else {}
        self.paths = {sign: ways for sign, ways in (paths or {}).items() if np.any([path for _, path in ways])}
        self.people: dict[str, dict[str, list[np.ndarray]]] = {}
        for clip in clips:
            self.people.setdefault(clip.person, {}).setdefault(clip.letter, []).append(clip.hand)
        self.shown = {person: set(letters) for person, letters in sorted(self.people.items())}
        rng = np.random.default_rng(0)
        self.others = [practise_nothing(noise, rng) for _ in range(OTHER_HANDS)]

    @property
    def signs(self) -> set[str]:
        """Every sign that somebody shows."""
        return set().union(*self.shown.values())

    def of_somebody(self, rng: np.random.Generator) -> set[str]:
        """The signs that a person drawn at random shows."""
        return self.shown[list(self.shown)[rng.integers(len(self.shown))]]

    def sign(self, phrase: list[str], rng: np.random.Generator) -> Recording | None:
        """One recording of a phrase by a person drawn from those who show all its signs; None if nobody does."""
        needed = set(phrase)
        able = [person for person, letters in self.shown.items() if needed <= letters]
        if not able:
            return None
        person = self.people[able[rng.integers(len(able))]]
        clips = [person[letter][rng.integers(len(person[letter]))] for letter in phrase]
        frames = FRAMES_ALONE if len(phrase) == 1 else FRAMES_A_SIGN
        through = person.get(self.through.get(phrase[0], ""))
        before = _in_palms(through[rng.integers(len(through))])[0] if through else None
        hand, sign = _joined(phrase, clips, float(np.exp(rng.uniform(*np.log(frames)))), rng, self.paths, before)
        hands, aspect = _filmed(hand, sign, rng)
        if rng.random() < OTHER_HAND:
            hands = _beside(hands, aspect, self.others[rng.integers(len(self.others))], rng)
        if rng.random() < LEFT_HANDED:
            hands = mirrored(hands)
        # Marked as generated, as practice is: every epoch puts another recording in its place.
        return Recording("-".join(phrase), phrase, hands, aspect, generated=True)


def _joined(phrase: list[str], clips: list[np.ndarray], tempo: float, rng: np.random.Generator,
            paths: dict[str, list[tuple[float, np.ndarray]]],
            before: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """The letters one after another, in palm lengths: (T, 21, 3); and which letter is shown, -1 for none: (T,).
    `before`: a hand (21, 3) as which it may stand before the first."""
    between = float(np.clip(tempo * rng.uniform(0.3, 0.6), *TRANSITION)) if len(clips) > 1 else 0.0
    parts: list[tuple[np.ndarray, int]] = []
    step, chance = rng.uniform(-0.1, 1) * ASIDE, rng.random()
    for number, clip in enumerate(clips):
        frames = max(tempo * np.exp(rng.normal(0, 0.2)) - between, 2)
        if ways := paths.get(phrase[number]):
            part = _in_time(_in_palms(clip), min(frames * LONGER, LONGEST_WAY), False)
            part = moved(part, _chosen(ways, chance), rng)
        else:
            part = carried(_in_time(_in_palms(clip), frames, phrase[number] in MOVING and not paths), rng)
        if parts:
            last = parts[-1][0][-1]
            part = part - part[0, WRIST] + last[WRIST] + rng.normal(0, 0.08, 3) - [step, 0, 0]
            if phrase[number] == phrase[number - 1]:
                parts.append((_parting(last, part[0], between, rng), -1))
            else:
                slow = rng.random() < SLOW
                frames = min(between * rng.uniform(1, 3), SLOWEST) if slow else between
                parts.append((way(last, part[0], frames, setting_out(5, rng) if slow else None), -1))
        parts.append((part, number))
    if rng.random() < COMES:
        parts = [*((piece, -1) for piece in coming(parts[0][0][0], rng, through=before)), *parts]
    if rng.random() < GOES:
        parts += [(piece[::-1], -1) for piece in reversed(coming(parts[-1][0][-1], rng, quick=0.5))]
    sign = np.concatenate([np.full(len(piece), number) for piece, number in parts])
    # Muscles smooth what they do: fast letters stay incomplete, as in `signer.motion`.
    hand = smoothed(np.concatenate([piece for piece, _ in parts]), rng.uniform(*SLOTH) * RATE)
    return hand.astype(np.float32), sign


def _chosen(ways: list[tuple[float, np.ndarray]], chance: float) -> np.ndarray:
    """The movement whose share `chance` (0 to 1) falls into; the first has what the others leave."""
    for share, path in ways[1:]:
        if chance < share:
            return path
        chance -= share
    return ways[0][1]


def _in_palms(clip: np.ndarray) -> np.ndarray:
    hand = clip / max(float(palm_lengths(clip).mean()), 1e-3)
    return hand - hand[0, WRIST]


def _in_time(clip: np.ndarray, frames: float, moving: bool) -> np.ndarray:
    """The clip in so many frames. A long hold of a short clip goes to and fro, so that it stays alive; that of a letter
    told by movement is slowed down, within limits."""
    frames = max(round(frames), 2)
    if len(clip) == 1:
        return np.repeat(clip, frames, axis=0)
    if moving:
        frames = min(max(frames, len(clip) // 4, 2), 2 * len(clip))
    rounds = max(1, round(frames / (2 * len(clip)))) if frames > 2 * len(clip) else 1
    there = np.concatenate([clip if turn % 2 == 0 else clip[::-1] for turn in range(rounds)])
    place = np.linspace(0, len(there) - 1, frames)
    before = np.minimum(place.astype(int), len(there) - 2)
    share = (place - before)[:, None, None]
    return there[before] * (1 - share) + there[before + 1] * share


def _parting(here: np.ndarray, there: np.ndarray, frames: float, rng: np.random.Generator) -> np.ndarray:
    """Between two equal letters: a bounce towards the viewer or down, the hand a little loosened, or formed anew."""
    middle = (here + there) / 2 + rng.uniform(0.1, 0.5) * np.array([rng.uniform(-0.5, 1), rng.uniform(0, 1), -1])
    if rng.random() < FORMED_ANEW:
        shape = loose(middle, rng)
        middle = shape + (middle - shape) * rng.uniform(0.1, 0.4)
    else:
        opened = 1 + rng.uniform(0, 0.25) * np.r_[0, np.tile([0, 0.3, 0.7, 1], 5)][:, None]
        middle = middle[WRIST] + (middle - middle[WRIST]) * opened
    return np.concatenate([way(here, middle, frames / 2), middle[None], way(middle, there, frames / 2)])


def _filmed(hand: np.ndarray, sign: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, float]:
    """A hand (T, 21, 3) before a camera drawn at random, as a record holds it, and the picture's width / height."""
    width, height = SIZES[rng.integers(len(SIZES))]
    aspect = width / height
    hand = mistaken(hand + rng.normal(0, JITTER * rng.uniform(0, 1.5), hand.shape), rng)
    palm = np.exp(rng.uniform(np.log(0.05), np.log(0.3)))
    middle = hand[sign >= 0].mean(axis=(0, 1))
    hand = (hand - middle) * palm * np.array([1, 1, rng.uniform(0.7, 1.3)]) + [
        aspect * rng.uniform(0.35, 0.65), rng.uniform(0.35, 0.65), 0]
    inside = ((hand[..., :2] > 0) & (hand[..., :2] < [aspect, 1])).all(-1).mean(1) > 0.7
    hands = np.zeros((len(hand), 2 * HAND_JOINTS, 3), np.float32)
    hands[:, HAND_JOINTS:] = hand / [aspect, 1, aspect]
    hands = transform(hands, aspect, STRENGTHS, rng)
    if rng.random() < STRENGTHS.drop_finger:
        hands = drop_finger(hands, rng)
    if rng.random() < NO_DEPTH:
        hands[..., 2] = 0
    gap, held = int(rng.integers(*GAP)), np.flatnonzero(sign >= 0)
    if rng.random() < GLIMPSED and held[0] > gap:
        hands[0], hands[1:1 + gap] = hands[held[-1]], 0
        inside[0] = True
    inside |= sign >= 0
    return _seen_in_part(np.where(inside[:, None, None], hands, 0), sign, rng), aspect


def _seen_in_part(hands: np.ndarray, sign: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The hands with frames in which they are lost, but with every sign in one frame at least."""
    lost = mask_frames(hands, STRENGTHS.mask_frames, rng)
    if rng.random() < POOR:
        lost = np.where(poorly_seen(len(hands), rng)[:, None, None], 0, lost)
    still_there = set(sign[hands_seen(lost).any(axis=1)].tolist())
    return lost if set(sign[sign >= 0].tolist()) <= still_there else hands


def _beside(hands: np.ndarray, aspect: float, other: Practice, rng: np.random.Generator) -> np.ndarray:
    """The right hand's recording with a left hand that does something else beside it."""
    seen = hands_seen(other.hands)
    left = (mirrored(other.hands) if seen[:, 1].sum() > seen[:, 0].sum() else other.hands)[:, :HAND_JOINTS]
    stretch = other.camera.width / other.camera.height / aspect
    there = np.arange(len(hands)) + int(rng.integers(len(left)))
    to_and_fro = np.minimum(np.abs((there + len(left)) % (2 * len(left)) - len(left)), len(left) - 1)
    changed = hands.copy()
    changed[:, :HAND_JOINTS] = left[to_and_fro] * np.array([stretch, 1, stretch], np.float32)
    return changed
