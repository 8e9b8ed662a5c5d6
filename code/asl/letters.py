"""Recordings of single letters made by people, as their authors published them.

A set is an `.npz`: landmarks int16 (sum of frames, 21 or 42, 3) = MediaPipe's fractions times 16384, -32768 where a
hand was not seen; length (frames of each), letter; for one hand (21) also hand ("left" or "right": the slot that it
fills); where they are known, signer and ratio, the pictures' height / width.
"""

import dataclasses
import zipfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from ground.errors import DataError
from ground.files import shown
from ground.landmarks import FINGERS, HAND_JOINTS, as_right_hand, palm_lengths
from utils.recordings import Recording

UNIT = 16384
NOT_SEEN = -32768
BOTH = "both"
SHAPES = ((HAND_JOINTS, 3), (2 * HAND_JOINTS, 3))  # of a frame: one hand, or the left and the right one
FIELDS = ("landmarks", "length", "letter")
#: Width / height of the pictures of sets that were not filmed in 16:9.
FOUR_TO_THREE = ("joaquin", "dylan", "creepyvampire", "rayrednet", "pratham")
#: Sets whose pictures are of another form than their files say (by the constancy of the palm's bones).
ASPECTS = {"princeo": 3 / 4}
#: Letters that a set shows otherwise than everybody else (a gesture of its own for the space, m made like s), or so
#: badly that the sets' own authors' hands are told apart by them.
UNUSUAL = {("traduttore", " "), ("rayrednet", "m"), ("glyph", "r"), *(("mahamfatima", letter) for letter in "ksnv"),
           ("neria", "p"), *(("princeo", letter) for letter in "stux")}
#: Digits with the hand of a letter, as which they are read: what one person's 0 looks like is another's o. Where real
#: digits were practised as such, a base read 48 of 50 f of a person it had never seen as 9.
LIKE_LETTERS = {"0": "o", "2": "v", "6": "w", "9": "f"}
#: Letters that are told by the way of a fingertip, and how far that goes at least, in palm lengths: a hand that stands
#: still does not show them.
MOVING, LEAST_WAY = {"j": "little", "z": "index"}, 0.5

OWN = "lietotāja paša / the user's own"  # in both languages, as the cards that name it
#: Whose recordings the repository's base is trained on; under the licences named.
CREDITS = {
    "traduttore": "github.com/traduttore/traduttore-model, MIT, three people (alex, cam, danial)",
    "yashwanth": "github.com/Yashwanth-Karumanchi/Detectron--A-user-friendly-sign-language-translator, MIT",
    "borisgraudt": "github.com/borisgraudt/asl-ai, MIT",
    "creepyvampire": "github.com/creepyvampire/Sign-Language-Translator, MIT (the licence names the template's author)",
    "rayrednet": "github.com/rayrednet/Sign-Language-Translator, MIT (the licence names the template's author)",
    "pratham": "github.com/pratham-069-069/ASL, MIT (the licence names the template's author), two people",
    "clement": "github.com/rayrednet/Sign-Language-Translator, branch clement_temp, MIT (the licence names the "
               "template's author)",
    "kevin": "github.com/kevinjosethomas/sign-language-processing, MIT, Kevin Jose Thomas",
    "ardamavi_digits": "github.com/ardamavi/Sign-Language-Digits-Dataset, Apache-2.0, Arda Mavi; digits by 209 people",
    "cortic_stills": "github.com/cortictechnology/hand_asl_recognition, MIT, Cortic Technology Corp., with pictures of "
                     "David Lee's volunteers, CC BY 4.0",
    "glyph": "github.com/Flexcrit/Glyph-Real-Time-Sign-Language-Translator, MIT, Sameer Abrar",
    "mahamfatima": "github.com/Mahamfatima17/Sign_languange_detector, MIT, Mahamfatima17",
    "neria": "github.com/Siruyy/realtime-asl-recognizer, MIT, Neria",
    "princeo": "github.com/princeo741/ViTA, MIT, princeo741",
}


@dataclasses.dataclass(frozen=True)
class LetterClip:
    """One recording of one letter: hand float32 (T, 21, 3), a right hand in picture heights, only frames that show
    it; `person` names set and signer."""

    letter: str
    hand: np.ndarray
    person: str


def read_letters(folder: Path) -> list[LetterClip]:
    """The letters of every `.npz` in a folder and the folders in it, those left out that show another letter or none.
    Raises DataError for a file of another form and for an empty folder."""
    clips = [as_letter(clip) for path in sorted(folder.rglob("*.npz")) for clip in read_letter_set(path)
             if (path.stem, clip.letter) not in UNUSUAL and _moves_enough(clip)]
    if not any(clip.letter.isalpha() for clip in clips):
        raise DataError(shown(folder), "nav neviena .npz ar burtu ierakstiem",
                        "Pārbaudiet ASL_LETTERS vai atstājiet None")
    return clips


def read_letter_set(path: Path) -> list[LetterClip]:
    """The letters of one file, those without a frame that shows the hand left out."""
    clips = []
    for recording in letter_recordings(path):
        hand, _ = as_right_hand(recording.hands, recording.aspect)
        if len(hand):
            clips.append(LetterClip(recording.signs[0], hand, f"{path.stem}/{recording.signer}"))
    return clips


def credits(people: Iterable[str]) -> dict[str, str]:
    """The sets that people belong to, and whose they are."""
    return {name: CREDITS.get(name, OWN) for name in sorted({person.split("/")[0] for person in people})}


def as_letter(clip: LetterClip) -> LetterClip:
    """The clip of a digit that is made like a letter as that letter's; others as they are."""
    return dataclasses.replace(clip, letter=LIKE_LETTERS.get(clip.letter, clip.letter))


def _moves_enough(clip: LetterClip) -> bool:
    if clip.letter not in MOVING:
        return True
    tip = clip.hand[:, FINGERS[MOVING[clip.letter]][-1], :2]
    return float(np.ptp(tip, axis=0).max()) >= LEAST_WAY * float(palm_lengths(clip.hand).mean())


def letter_recordings(path: Path) -> list[Recording]:
    """Every recording of one file, each a phrase of one letter, unseen hands zeros. Raises DataError for a file of
    another form."""
    try:
        with np.load(path, allow_pickle=False) as file:
            landmarks, lengths, letters = (file[name] for name in FIELDS)
            sides = file["hand"] if landmarks.shape[1] == HAND_JOINTS else [BOTH] * len(lengths)
            signers = file["signer"] if "signer" in file.files else [""] * len(lengths)
            aspect = _aspect(path, float(file["ratio"]) if "ratio" in file.files else None)
            if (landmarks.shape[1:] not in SHAPES or lengths.min() < 1 or lengths.sum() != len(landmarks)
                    or not len(lengths) == len(letters) == len(sides) == len(signers)
                    or not set(sides) <= {"left", "right", BOTH}):
                raise ValueError("shapes, lengths or hands")
    except (KeyError, ValueError, EOFError, OSError, IndexError, TypeError, AttributeError, zipfile.BadZipFile):
        raise DataError(shown(path), "nav burtu ierakstu fails", f"Vajag laukus {', '.join(FIELDS)}, hand") from None
    recordings = []
    for number, (end, length, letter, side, signer) in enumerate(
            zip(np.cumsum(lengths), lengths, letters, sides, signers), 1):
        frames = landmarks[end - length:end].reshape(length, -1, HAND_JOINTS, 3)
        unseen = (frames == NOT_SEEN).any(axis=(2, 3), keepdims=True)
        hands = np.zeros((length, 2, HAND_JOINTS, 3), np.float32)
        slot = slice(None) if side == BOTH else [int(side == "right")]
        hands[:, slot] = np.where(unseen, 0, frames / np.float32(UNIT))
        sign = " " if letter == "space" else str(letter)
        recordings.append(Recording(f"{sign}_{number:04}", [sign], hands.reshape(length, 2 * HAND_JOINTS, 3),
                                    aspect, str(signer)))
    return recordings


def _aspect(path: Path, ratio: float | None) -> float:
    """Width / height of a set's pictures."""
    if path.stem in ASPECTS or not ratio:
        return ASPECTS.get(path.stem, 4 / 3 if path.stem in FOUR_TO_THREE else 16 / 9)
    return 1 / ratio
