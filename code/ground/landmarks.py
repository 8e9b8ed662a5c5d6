"""Landmark arrays: what MediaPipe Holistic found, `float32 (T, 543, 3)` a recording.

Order: pose 0-32, face 33-500, left hand 501-521, right hand 522-542 (left and right are the signer's).
x and y are fractions of the picture's width and height, z is on x's scale; a part not seen is all zeros
(all NaN is understood too). Source: MediaPipe Holistic's documentation and its 21 hand landmarks.
"""

import errno
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ground.errors import DataError
from ground.files import shown, written_whole

LANDMARKS = 543
POSE = slice(0, 33)
FACE = slice(33, 501)
LEFT_HAND = slice(501, 522)
RIGHT_HAND = slice(522, 543)
HANDS = slice(501, 543)
HAND_JOINTS = 21
WRIST = 0
KNUCKLES = (5, 9, 13, 17)
FINGERS = {"thumb": (1, 2, 3, 4), "index": (5, 6, 7, 8), "middle": (9, 10, 11, 12),
           "ring": (13, 14, 15, 16), "little": (17, 18, 19, 20)}
HAND_BONES = (*((start, end) for joints in FINGERS.values() for start, end in zip((WRIST, *joints[:-1]), joints)),
              (5, 9), (9, 13), (13, 17))
ARM_BONES = ((11, 12), (11, 13), (13, 15), (12, 14), (14, 16), (11, 23), (12, 24), (23, 24))
LANDMARK_SET = "hands_42"
WIDEST_PICTURE = 10  # times wider than high, or higher than wide
FARTHEST_HAND, FARTHEST = 5, 100  # picture widths: more is no fraction of a picture


def load_array(path: Path) -> np.ndarray:
    """Reads and checks one `.npy`; parts that are all NaN become zeros.

    Returns float32 (T, 543, 3). Raises DataError that says what is wrong with the file.
    """
    return checked(_opened(path), path)


def array_parts(path: Path, frames: int = 1000) -> Iterator[np.ndarray]:
    """The same in parts of so many frames, so that a long one need not be in memory. Raises DataError as it goes."""
    mapped = _opened(path, "r")
    for start in range(0, len(mapped), frames):
        # Pages of a mapped file would count as this program's memory, so only its header is read in that way.
        count = min(frames, len(mapped) - start)
        part = np.fromfile(path, np.float32, count * LANDMARKS * 3, offset=mapped.offset + start * LANDMARKS * 3 * 4
                           ).reshape(count, LANDMARKS, 3) if mapped.flags.c_contiguous else np.array(
                               mapped[start:start + count])
        yield checked(part, path, start)


def checked(array: np.ndarray, path: Path, first: int = 0) -> np.ndarray:
    """An array (T, 543, 3) with zeros for parts that are all NaN. Raises DataError for numbers that are no landmarks,
    naming the frame; `first` is the number of the array's first frame."""
    return _within_a_picture(_without_unseen_nan(array, path, first), path, first)


def _opened(path: Path, mapped: str | None = None) -> np.ndarray:
    try:
        array = np.load(path, mmap_mode=mapped, allow_pickle=False)
    except PermissionError:
        raise DataError(shown(path), "failu nedrīkst lasīt", "Dodiet atļauju to lasīt") from None
    except Exception:  # a damaged header ends in many ways, a claim of a terabyte in MemoryError
        raise DataError(shown(path), "failu nevar nolasīt kā NumPy masīvu",
                        "Iegūstiet to no video vēlreiz ar extract_landmarks") from None
    if not isinstance(array, np.ndarray) or array.ndim != 3 or array.shape[1:] != (LANDMARKS, 3):
        raise DataError(shown(path), f"masīva forma ir {getattr(array, 'shape', None)}, vajag (kadri, {LANDMARKS}, 3)",
                        "Iegūstiet to no video ar extract_landmarks")
    if array.dtype != np.float32:
        raise DataError(shown(path), f"masīva tips ir {array.dtype}, vajag float32",
                        'Pārveidojiet ar array.astype("float32")')
    return array


def save_array(path: Path, array: np.ndarray) -> None:
    """Writes one `.npy`, whole or not at all. Raises DataError when the disk is full."""
    with written_whole(path) as temporary:
        try:
            np.save(temporary, array)
        except OSError as error:  # NumPy says how many bytes it wrote, not why no more
            raise OSError(error.errno or errno.ENOSPC, str(error)) from error


def hands_of(array: np.ndarray) -> np.ndarray:
    """(T, 543, 3) -> (T, 42, 3): left hand, then right hand, as a model wants them; unseen hands are zeros."""
    return np.nan_to_num(np.ascontiguousarray(array[:, HANDS]), nan=0.0)


def seen(array: np.ndarray, part: slice) -> np.ndarray:
    """bool (T,): in which frames MediaPipe saw this part."""
    return np.any(np.nan_to_num(array[:, part]) != 0, axis=(1, 2))


def hands_seen(hands: np.ndarray) -> np.ndarray:
    """(T, 42, 3) -> bool (T, 2): whether the left and the right hand are seen in each frame."""
    return np.any(hands.reshape(len(hands), 2, HAND_JOINTS * 3) != 0, axis=2)


def main_hand(hands: np.ndarray) -> int:
    """(T, 42, 3) -> 0 where the left hand is seen in more frames, else 1."""
    left, right = hands_seen(hands).sum(axis=0)
    return int(right >= left)


def as_right_hand(hands: np.ndarray, aspect: float) -> tuple[np.ndarray, np.ndarray]:
    """(T, 42, 3) -> the hand seen in more frames, as a right hand in picture heights (n, 21, 3), and the numbers of the
    frames that show it (n,)."""
    side = main_hand(hands)
    frames = np.flatnonzero(hands_seen(hands)[:, side])
    hand = hands.reshape(len(hands), 2, HAND_JOINTS, 3)[frames, side]
    return hand * np.array([aspect if side else -aspect, 1, aspect], np.float32), frames


def palm_lengths(hands: np.ndarray) -> np.ndarray:
    """Hands (n, 21, 3) in one unit for all axes -> (n,): the mean distance from the wrist to the four knuckles."""
    return np.linalg.norm(hands[:, KNUCKLES] - hands[:, [WRIST]], axis=2).mean(axis=1)


def mirrored(hands: np.ndarray) -> np.ndarray:
    """The same signing in a mirror: x becomes 1 - x and the hands change places; (T, 42, 3) -> (T, 42, 3)."""
    visible = np.repeat(hands_seen(hands), HAND_JOINTS, axis=1)
    flipped = hands.copy()
    flipped[..., 0] = np.where(visible, 1 - flipped[..., 0], 0)
    return np.concatenate([flipped[:, HAND_JOINTS:], flipped[:, :HAND_JOINTS]], axis=1)


def quality(array: np.ndarray) -> dict:
    """Shares of frames in which each part is seen, and the longest run of frames without a hand."""
    right, left = seen(array, RIGHT_HAND), seen(array, LEFT_HAND)
    return {"right_hand": round(float(right.mean()), 3), "left_hand": round(float(left.mean()), 3),
            "body": round(float(seen(array, POSE).mean()), 3), "longest_gap": longest_gap(right | left)}


def longest_gap(visible: np.ndarray) -> int:
    """The largest number of frames in a row without a hand; bool (T,) -> int.

    >>> longest_gap(np.array([True, False, False, True, False]))
    2
    """
    longest = current = 0
    for one in visible:
        current = 0 if one else current + 1
        longest = max(longest, current)
    return longest


def _within_a_picture(array: np.ndarray, path: Path, first: int) -> np.ndarray:
    """Refuses pixels in the place of fractions, and worse: MediaPipe guesses a body beyond the picture, hardly a hand.
    """
    if not array.size:
        return array
    for part, limit in ((HANDS, FARTHEST_HAND), (slice(None), FARTHEST)):
        reach = np.abs(array[:, part]).max(axis=(1, 2))
        if (frame := int(np.argmax(reach > limit))) or reach[0] > limit:
            raise DataError(shown(path),
                            f"{first + frame + 1}. kadrā punkts ir ārpus jebkura attēla ({reach[frame]:g})",
                            "Vajag attēla platuma un augstuma daļas (0 līdz 1), nevis pikseļus")
    return array


def _without_unseen_nan(array: np.ndarray, path: Path, first: int) -> np.ndarray:
    if np.isinf(array).any():
        raise DataError(shown(path), "masīvā ir bezgalīgas vērtības", "Iegūstiet to no video vēlreiz")
    missing = np.isnan(array)
    if not missing.any():
        return array
    for part in (POSE, FACE, LEFT_HAND, RIGHT_HAND):
        in_part = missing[:, part]
        partly = in_part.any(axis=(1, 2)) & ~in_part.all(axis=(1, 2))
        if partly.any():
            raise DataError(shown(path), f"{first + int(np.argmax(partly)) + 1}. kadrā daļa koordinātu ir NaN",
                            "Iegūstiet masīvu no video vēlreiz")
    return np.where(missing, np.float32(0), array)
