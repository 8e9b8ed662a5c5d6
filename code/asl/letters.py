"""Recordings of single letters made by people, joined into words: real hands where nobody filmed whole words.

A set is an `.npz` of one-handed recordings: landmarks int16 (sum of frames, 21, 3) = MediaPipe's fractions times
16384, -32768 where the hand was not seen; length (frames of each), letter, hand ("left" or "right": the slot that it
fills) and signer. A word takes all its letters from one person and one hand: joined sequences with their labels paid
in Kaggle's ASL Fingerspelling 2023 (CutMix, the first place's notes).
"""

import dataclasses
from pathlib import Path

import numpy as np

from ground.errors import DataError
from ground.files import shown
from ground.landmarks import HAND_JOINTS, WRIST, hands_seen, mirrored, palm_lengths
from signer.camera import SIZES
from signer.motion import minimum_jerk
from utils.augmentation import Augmentation, drop_finger, mask_frames, transform
from utils.recordings import Recording

UNIT = 16384
NOT_SEEN = -32768
FIELDS = ("landmarks", "length", "letter", "hand", "signer")
#: Width / height of the pictures of sets that were not filmed in 16:9.
FOUR_TO_THREE = ("joaquin", "creepyvampire", "rayrednet", "pratham")
#: Letters that a set shows otherwise than everybody else: a gesture of its own for the space, m made like s.
UNUSUAL = {("traduttore", " "), ("rayrednet", "m")}

#: Whose recordings the repository's base is trained on; all under the MIT licence.
CREDITS = {
    "traduttore": "github.com/traduttore/traduttore-model, MIT, three people (alex, cam, danial)",
    "yashwanth": "github.com/Yashwanth-Karumanchi/Detectron--A-user-friendly-sign-language-translator, MIT",
    "borisgraudt": "github.com/borisgraudt/asl-ai, MIT",
    "creepyvampire": "github.com/creepyvampire/Sign-Language-Translator, MIT (the licence names the template's author)",
    "rayrednet": "github.com/rayrednet/Sign-Language-Translator, MIT (the licence names the template's author)",
    "pratham": "github.com/pratham-069-069/ASL, MIT (the licence names the template's author), two people",
}

FRAMES_A_SIGN = (4, 45)
FRAMES_ALONE = (8, 130)
TRANSITION = (2, 12)  # frames from one letter to the next
DRIFT = 0.6  # palm lengths to the side from letter to letter, at most
JITTER = 0.012  # palm lengths: each frame's error that does not come from the frame before
STRENGTHS = Augmentation(rotation=15, turn=18, scale=0.15, shear=0.12, mask_frames=0.08, drop_finger=0.05)


@dataclasses.dataclass(frozen=True)
class LetterClip:
    """One recording of one letter: hand float32 (T, 21, 3), a right hand in picture heights, only frames that show
    it; `person` names set, signer and hand."""

    letter: str
    hand: np.ndarray
    person: str


def read_letters(folder: Path) -> list[LetterClip]:
    """The letters of every `.npz` in a folder. Raises DataError for a file of another form and for an empty folder.

    Digits are left out: one person shows them, and what one person's 0 looks like is another's o. Trained with them and
    without the sets of other people, a base read 51 of the 149 o of two of these as 0.
    """
    clips = [clip for path in sorted(folder.glob("*.npz")) for clip in read_letter_set(path)
             if (path.stem, clip.letter) not in UNUSUAL and not clip.letter.isdigit()]
    if not clips:
        raise DataError(shown(folder), "nav neviena .npz ar burtu ierakstiem",
                        "Pārbaudiet ASL_LETTERS vai atstājiet None")
    return clips


def read_letter_set(path: Path) -> list[LetterClip]:
    """The letters of one file, those without a frame that shows the hand left out."""
    clips = []
    for recording in letter_recordings(path):
        seen = hands_seen(recording.hands)
        side = int(seen[:, 1].any())
        hand = recording.hands.reshape(-1, 2, HAND_JOINTS, 3)[seen[:, side], side]
        if len(hand):
            towards = [recording.aspect if side else -recording.aspect, 1, recording.aspect]
            clips.append(LetterClip(recording.signs[0], hand * np.array(towards, np.float32),
                                    f"{path.stem}/{recording.signer}/{('left', 'right')[side]}"))
    return clips


def letter_recordings(path: Path) -> list[Recording]:
    """Every recording of one file, each a phrase of one letter, unseen hands zeros. Raises DataError for a file of
    another form."""
    try:
        with np.load(path, allow_pickle=False) as file:
            landmarks, *known = (file[name] for name in FIELDS)
    except (KeyError, ValueError, OSError):
        raise DataError(shown(path), "nav burtu ierakstu fails", f"Vajag laukus {', '.join(FIELDS)}") from None
    recordings = []
    for number, (end, length, letter, side, signer) in enumerate(zip(np.cumsum(known[0]), *known), 1):
        frames = landmarks[end - length:end]
        unseen = (frames == NOT_SEEN).any(axis=(1, 2), keepdims=True)
        hands = np.zeros((length, 2, HAND_JOINTS, 3), np.float32)
        hands[:, int(side == "right")] = np.where(unseen, 0, frames / np.float32(UNIT))
        sign = " " if letter == "space" else str(letter)
        recordings.append(Recording(f"{sign}_{number:04}", [sign], hands.reshape(length, 2 * HAND_JOINTS, 3),
                                    aspect_of(path), str(signer)))
    return recordings


def aspect_of(path: Path) -> float:
    """Width / height of a set's pictures."""
    return 4 / 3 if path.stem in FOUR_TO_THREE else 16 / 9


class Letters:
    """The clips by person and letter, from which words are joined."""

    def __init__(self, clips: list[LetterClip]):
        self.people: dict[str, dict[str, list[np.ndarray]]] = {}
        for clip in clips:
            self.people.setdefault(clip.person, {}).setdefault(clip.letter, []).append(clip.hand)

    @property
    def signs(self) -> set[str]:
        """Every sign that somebody shows."""
        return {letter for person in self.people.values() for letter in person}

    def sign(self, phrase: list[str], rng: np.random.Generator) -> Recording | None:
        """One recording of a phrase by a person drawn from those who show all its signs; None if nobody does."""
        able = [person for person in sorted(self.people) if set(phrase) <= set(self.people[person])]
        if not able:
            return None
        person = self.people[able[rng.integers(len(able))]]
        clips = [person[letter][rng.integers(len(person[letter]))] for letter in phrase]
        alone = len(phrase) == 1
        tempo = float(np.exp(rng.uniform(*np.log(FRAMES_ALONE if alone else FRAMES_A_SIGN))))
        return _filmed(phrase, _joined(phrase, clips, tempo, rng), rng)


def _joined(phrase: list[str], clips: list[np.ndarray], tempo: float, rng: np.random.Generator) -> np.ndarray:
    """The letters one after another, in palm lengths: float32 (T, 21, 3)."""
    between = float(np.clip(tempo * rng.uniform(0.3, 0.6), *TRANSITION))
    parts: list[np.ndarray] = []
    step = rng.uniform(-0.1, 1) * DRIFT
    for number, clip in enumerate(clips):
        part = _in_time(_in_palms(clip), max(tempo * np.exp(rng.normal(0, 0.2)) - between * (len(clips) > 1), 2), rng)
        if parts:
            place = parts[-1][-1, WRIST] + rng.normal(0, 0.08, 3) + [step, 0, 0]
            part = part - part[0, WRIST] + place
            if phrase[number] == phrase[number - 1]:
                parts.append(_parting(parts[-1][-1], part[0], between, rng))
            else:
                parts.append(_way(parts[-1][-1], part[0], between))
        parts.append(part)
    return np.concatenate(parts).astype(np.float32)


def _in_palms(clip: np.ndarray) -> np.ndarray:
    hand = clip / max(float(palm_lengths(clip).mean()), 1e-3)
    return hand - hand[0, WRIST]


def _in_time(clip: np.ndarray, frames: float, rng: np.random.Generator) -> np.ndarray:
    """The clip in so many frames. A long hold of a short clip goes to and fro, so that it stays alive."""
    frames = max(round(frames), 2)
    if len(clip) == 1:
        return np.repeat(clip, frames, axis=0)
    rounds = max(1, round(frames / (2 * len(clip)))) if frames > 2 * len(clip) else 1
    there = np.concatenate([clip if turn % 2 == 0 else clip[::-1] for turn in range(rounds)])
    place = np.linspace(0, len(there) - 1, frames)
    before = np.minimum(place.astype(int), len(there) - 2)
    share = (place - before)[:, None, None]
    return there[before] * (1 - share) + there[before + 1] * share


def _way(here: np.ndarray, there: np.ndarray, frames: float) -> np.ndarray:
    done = minimum_jerk(np.linspace(0, 1, max(round(frames), 1) + 2)[1:-1, None, None])
    return here * (1 - done) + there * done


def _parting(here: np.ndarray, there: np.ndarray, frames: float, rng: np.random.Generator) -> np.ndarray:
    """Between two equal letters: a bounce towards the viewer or down, the hand a little loosened."""
    middle = (here + there) / 2 + rng.uniform(0.1, 0.5) * np.array([rng.uniform(-0.5, 1), rng.uniform(0, 1), -1])
    loose = 1 + rng.uniform(0, 0.25) * np.r_[0, np.tile([0, 0.3, 0.7, 1], 5)][:, None]
    middle = middle[WRIST] + (middle - middle[WRIST]) * loose
    return np.concatenate([_way(here, middle, frames / 2), middle[None], _way(middle, there, frames / 2)])


def _filmed(phrase: list[str], hand: np.ndarray, rng: np.random.Generator) -> Recording:
    """The joined hand before a camera drawn at random, as a record holds it."""
    width, height = SIZES[rng.integers(len(SIZES))]
    aspect = width / height
    hand = hand + rng.normal(0, JITTER * rng.uniform(0, 1.5), hand.shape)
    palm = np.exp(rng.uniform(np.log(0.05), np.log(0.3)))
    hand = hand * palm * np.array([1, 1, rng.uniform(0.7, 1.3)]) + [aspect / 2, 0.5, 0]
    hands = np.zeros((len(hand), 2 * HAND_JOINTS, 3), np.float32)
    hands[:, HAND_JOINTS:] = hand / [aspect, 1, aspect]
    hands = transform(hands, aspect, STRENGTHS, rng)
    if rng.random() < STRENGTHS.drop_finger:
        hands = drop_finger(hands, rng)
    hands = mask_frames(hands, STRENGTHS.mask_frames, rng)
    if rng.random() < 0.3:
        hands = mirrored(hands)
    # Marked as generated, as practice is: every epoch puts another recording in its place.
    return Recording("-".join(phrase), phrase, hands, aspect, generated=True)
