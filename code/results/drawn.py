"""A frame with its landmarks and, below it, what has been read so far; and a whole video of such frames."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import cv2
import matplotlib
import numpy as np
from PIL import Image, ImageColor, ImageDraw, ImageFont

from frames.film import film
from frames.video import VideoFacts, read_frames
from ground.landmarks import HAND_BONES, HAND_JOINTS
from recognition.alignment import Sign
from recognition.recognise import Recognition
from recognition.text import doubtful, is_word, text_of

LEFT_COLOUR, RIGHT_COLOUR = "#d95f02", "#1b6ca8"
GROUND, INK, DOUBT = "#ffffff", "#222222", "#c0392b"
TEXT_SHARE = 0.14  # of the picture's larger side: the height of the text's band
LASTS = 0.05  # seconds for which hands are drawn that were found in a frame
STAYS = 2.0  # seconds for which a finished line stays in the picture
FONT = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"  # has every Latvian letter


def with_hands(image: np.ndarray, hands: np.ndarray) -> np.ndarray:
    """An RGB picture with the bones of its hands (42, 3), drawn into a copy."""
    image = np.ascontiguousarray(image).copy()
    size, thick = image.shape[1::-1], max(2, round(max(image.shape) / 300))
    for joints, colour in zip(hands.reshape(2, HAND_JOINTS, 3), (LEFT_COLOUR, RIGHT_COLOUR)):
        points = (joints[:, :2] * size).round().astype(int)
        # White below the colour: on skin an orange line alone is not seen.
        for tint, thickness in (("#ffffff", 2 * thick), (colour, thick)) if joints.any() else ():
            for start, end in HAND_BONES:
                cv2.line(image, points[start].tolist(), points[end].tolist(), ImageColor.getrgb(tint), thickness,
                         cv2.LINE_AA)
    return image


def with_text(image: np.ndarray, text: list[tuple[str, bool]], height: int | None = None) -> np.ndarray:
    """An RGB picture with a band below, `height` pixels high, and text in it: parts and whether each is doubtful. Of a
    text that does not fit the end is shown; a single part is made smaller."""
    height = height or band(image)
    width = image.shape[1]
    strip = Image.new("RGB", (width, height), GROUND)
    font = ImageFont.truetype(FONT, round(height * 0.55))
    draw, room = ImageDraw.Draw(strip), width - height // 2
    while len(text) > 1 and font.getlength("".join(part for part, _ in text)) > room:
        text = text[1:]
    if text and (too_long := font.getlength(text[0][0]) / room) > 1 and len(text) == 1:
        font = ImageFont.truetype(FONT, max(8, int(font.size / too_long)))
    place = (width - font.getlength("".join(part for part, _ in text))) / 2
    for part, doubt in text:
        draw.text((place, height / 2), part, DOUBT if doubt else INK, font, anchor="lm")
        place += font.getlength(part)
    return np.concatenate([image, np.asarray(strip)])


def band(image: np.ndarray) -> int:
    """The height of a text's band for a picture, even."""
    return round(max(image.shape[:2]) * TEXT_SHARE / 2) * 2


def parts_of(signs: list[Sign]) -> list[tuple[str, bool]]:
    """Signs as the parts of a text, with whether each is doubtful."""
    apart = [" " * ((is_word(one.sign) or is_word(other.sign)) and " " not in (one.sign, other.sign))
             for one, other in itertools.pairwise(signs)]
    return [(text_of([sign.sign]) if not number else apart[number - 1] + sign.sign, doubtful(sign))
            for number, sign in enumerate(signs)]


def overlay(recognition: Recognition, video: Path, target: Path) -> int:
    """Writes the video with landmarks and growing text as a `.webm` or an `.mp4`; returns the number of its frames.

    The recognition must have kept its pieces. Raises DataError when the file cannot be written.
    """
    return film(_pictures(recognition, video), target, film_rate(recognition))


def film_rate(recognition: Recognition) -> float:
    """Frames a second of an overlay."""
    return min(max(recognition.facts.fps, 1), 60)


def _pictures(recognition: Recognition, video: Path) -> Iterator[np.ndarray]:
    """Pictures at an even rate, as a film has them: of an uneven video each stays until the next one is due."""
    times = np.concatenate([[-np.inf], *(piece.times for piece in recognition.pieces)])
    hands = np.concatenate([np.zeros((1, 2 * HAND_JOINTS, 3)), *(piece.hands for piece in recognition.pieces)])
    facts, rate = VideoFacts(), film_rate(recognition)
    given, picture = 0, None
    for image in read_frames(video, facts):
        while picture is not None and given < round(facts.time * rate):
            yield picture
            given += 1
        last = int(np.searchsorted(times, facts.time + 1e-6)) - 1  # of a fast video not every frame was read
        found = hands[last if facts.time - times[last] < LASTS else 0]
        picture = with_text(with_hands(image, found), parts_of(said(recognition, facts.time)))
    if picture is not None:
        yield picture


def said(recognition: Recognition, time: float) -> list[Sign]:
    """The signs of the moment's line that have ended by then; a finished line stays for a while."""
    signs: list[Sign] = []
    for line in recognition.lines:
        if line.signs[0].start <= time:
            signs = [sign for sign in line.signs if sign.end <= time]
            signs = signs if time < line.end + STAYS else []
    return signs
