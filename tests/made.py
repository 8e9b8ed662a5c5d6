"""A tiny corpus that the tests make: hands that hold one shape a sign, and videos without a person."""

from pathlib import Path

import cv2
import numpy as np

from ground.landmarks import HAND_JOINTS, LANDMARKS, LEFT_HAND, RIGHT_HAND
from utils.recordings import Recording

CHAR_MAP = {"a": 0, "ā": 1, "b": 2, " ": 3}
PHRASES = ("a-b", "b-a", "a-ā", "ā-b-a", "b- -a", "a-a", "b-ā")
FRAMES_PER_SIGN = 8


def hand(sign: str) -> np.ndarray:
    """(21, 3): a hand shape of its own for each sign, 0.1 of the picture high, the wrist at 0."""
    rng = np.random.default_rng(CHAR_MAP[sign])
    fingers = np.zeros((HAND_JOINTS, 3))
    for finger in range(5):
        bend = rng.uniform(-1, 1)
        for joint in range(4):
            fingers[1 + 4 * finger + joint] = [(finger - 2) * 0.015, -0.05 - 0.02 * joint * bend, 0.01 * joint]
    return fingers


def hands(signs: list[str], seed: int = 0, side: str = "right") -> np.ndarray:
    """float32 (T, 42, 3): the shapes one after another, moving a little, with a jump between signs."""
    rng = np.random.default_rng(seed)
    frames = []
    for sign in signs:
        place = np.array([0.5, 0.6, 0]) + rng.normal(0, 0.02, 3)
        for _ in range(FRAMES_PER_SIGN):
            frames.append(hand(sign) + place + rng.normal(0, 0.001, (HAND_JOINTS, 3)))
    seen = np.array(frames, np.float32)
    unseen = np.zeros_like(seen)
    return np.concatenate([seen, unseen] if side == "left" else [unseen, seen], axis=1)


def recording(signs: list[str], seed: int = 0, side: str = "right", **known) -> Recording:
    """A Recording of made hands."""
    return Recording("-".join(signs) + f"_{seed:04}", signs, hands(signs, seed, side), **known)


def recordings(takes: int = 2) -> list[Recording]:
    """All phrases, `takes` times."""
    return [recording(phrase.split("-"), take) for phrase in PHRASES for take in range(takes)]


def array(signs: list[str], seed: int = 0, side: str = "right") -> np.ndarray:
    """float32 (T, 543, 3), only the hand seen."""
    full = np.zeros((len(signs) * FRAMES_PER_SIGN, LANDMARKS, 3), np.float32)
    made = hands(signs, seed, side)
    full[:, LEFT_HAND], full[:, RIGHT_HAND] = made[:, :HAND_JOINTS], made[:, HAND_JOINTS:]
    return full


def save_corpus(folder: Path, takes: int = 2) -> None:
    """Writes the made arrays as extraction would."""
    for phrase in PHRASES:
        for take in range(1, takes + 1):
            save_array(folder, phrase, take, array(phrase.split("-"), take))


def save_array(folder: Path, phrase: str, take: int, content: np.ndarray) -> Path:
    """Writes one array under its name; returns the path."""
    path = folder / phrase / f"{phrase}_{take:04}.npy"
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, content)
    return path


def save_video(path: Path, frames: int = 6, width: int = 64, height: int = 48) -> Path:
    """A small video of moving grey stripes: nobody is in it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    codec = {"avi": "MJPG", "webm": "VP80"}.get(path.suffix[1:], "mp4v")
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*codec), 10, (width, height))
    for number in range(frames):
        image = np.full((height, width, 3), 90, np.uint8)
        image[:, (5 * number) % width:(5 * number) % width + 8] = 200
        writer.write(image)
    writer.release()
    return path
