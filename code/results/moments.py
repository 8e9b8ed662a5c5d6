"""A reading in time: the pictures of its signs above the probabilities that they were read from."""

import dataclasses
from pathlib import Path

import cv2
import matplotlib.pyplot as plt
import numpy as np
from IPython.display import HTML
from matplotlib.figure import Figure

from frames.video import VideoFacts, read_frames
from ground.landmarks import HAND_BONES, HAND_JOINTS
from recognition.alignment import Sign, aligned
from recognition.recognise import Recognition
from recognition.sign_reader import SignReader
from recognition.source import USUAL_RATE
from recognition.text import doubtful
from results.drawn import DOUBT, INK, LEFT_COLOUR, RIGHT_COLOUR, with_hands
from results.figures import finished, named
from results.player import player
from utils.decoding import read_with_beam
from utils.recordings import Recording

LONGEST = 30.0  # seconds that are shown of a longer recording
PICTURES, WIDTH = 75, 320  # so many pictures are kept, so many pixels wide
STRIP = 9  # pictures above the curves, at most
OTHER = 0.2  # a sign that was not read is drawn where it is so probable
BLANK_COLOUR, SPAN_COLOUR = "#bbbbbb", "#dbe9f6"


@dataclasses.dataclass(frozen=True)
class Moments:
    """The part of a recognition that is shown: times (T,) in seconds, hands (T, 42, 3), probabilities
    (T', classes + 1) with their times, the signs read, the picture's width / height, and a picture (RGB, small) or None
    for each frame."""

    times: np.ndarray
    hands: np.ndarray
    probabilities: np.ndarray
    step_times: np.ndarray
    signs: list[Sign]
    aspect: float
    pictures: list[np.ndarray | None]


def moments(recognition: Recognition, source) -> Moments | None:
    """What can be shown of a recognition that kept its pieces; None where no hand was seen. `source`: what was read; of
    a video file the pictures are taken."""
    if not recognition.pieces:
        return None
    end = recognition.pieces[0].times[0] + LONGEST
    pieces = [piece for piece in recognition.pieces if piece.times[0] < end]
    times = np.concatenate([piece.times for piece in pieces])
    stride = recognition.reader.stride
    signs = [sign for piece in pieces for sign in piece.signs]
    wanted = set(np.linspace(0, len(times) - 1, PICTURES).round().astype(int))
    wanted |= {int(np.argmin(np.abs(times - sign.at))) for sign in signs}
    is_video = not isinstance(source, np.ndarray) and Path(str(source)).suffix.lower() not in ("", ".npy")
    pictures = _pictures(Path(source), times, wanted) if is_video else [None] * len(times)
    return Moments(times, np.concatenate([piece.hands for piece in pieces]),
                   np.concatenate([piece.probabilities for piece in pieces]),
                   np.concatenate([piece.times[::stride][:len(piece.probabilities)] for piece in pieces]), signs,
                   recognition.facts.aspect, pictures)


def of_recording(recording: Recording, reader: SignReader) -> Moments:
    """A record as a model sees it; nothing says how fast its frames came, so they are shown at USUAL_RATE."""
    hands = recording.hands[:max(recording.frames, 1)]
    times = np.arange(len(hands)) / USUAL_RATE
    probabilities = reader.read(hands, recording.aspect)
    signs = aligned(read_with_beam(probabilities, reader.signs)[0], probabilities, reader.signs,
                    hands * [recording.aspect, 1, recording.aspect], times, reader.stride)
    return Moments(times, hands, probabilities, times[::reader.stride], signs, recording.aspect, [None] * len(hands))


def moving(shown: Moments, names: list[str], truth: list[str] | None = None) -> HTML:
    """The player of `results.player`; `names`: signs by index, `truth`: what was signed, where that is known."""
    pictures = shown.pictures if any(picture is not None for picture in shown.pictures) else None
    return player(shown.hands, shown.aspect, shown.times, shown.probabilities, names, shown.signs, truth, pictures)


def over_time(shown: Moments, names: list[str]) -> Figure:
    """A strip of pictures, each where a sign stands out, above the probability of each sign over time; where a sign was
    read is shaded and labelled. `names`: signs by index."""
    chosen = [shown.signs[number] for number in
              np.unique(np.linspace(0, len(shown.signs) - 1, min(STRIP, len(shown.signs))).round().astype(int))]
    figure = plt.figure(figsize=(10, 4.6))
    grid = figure.add_gridspec(2, max(len(chosen), 1), height_ratios=(1, 1.5))
    for place, sign in enumerate(chosen):
        _still(figure.add_subplot(grid[0, place]), shown, sign)
    _curves(figure.add_subplot(grid[1, :]), shown, names)
    return finished(figure)


def _still(axis, shown: Moments, sign: Sign) -> None:
    frame = int(np.argmin(np.abs(shown.times - sign.at)))
    if shown.pictures[frame] is not None:
        axis.imshow(with_hands(shown.pictures[frame], shown.hands[frame]))
    else:
        points = shown.hands[frame].reshape(2, HAND_JOINTS, 3) * [shown.aspect, 1, 1]
        for joints, colour in zip(points, (LEFT_COLOUR, RIGHT_COLOUR)):
            for start, end in HAND_BONES if joints.any() else ():
                axis.plot(*joints[[start, end], :2].T, color=colour, linewidth=1.5)
        axis.set_aspect("equal")
        axis.invert_yaxis()
    axis.axis("off")
    axis.set_title(named(sign.sign), color=DOUBT if doubtful(sign) else INK, fontsize=14)


def _curves(axis, shown: Moments, names: list[str]) -> None:
    read = {sign.sign for sign in shown.signs}
    axis.plot(shown.step_times, shown.probabilities[:, -1], color=BLANK_COLOUR, linewidth=1, label="nekas")
    for index, name in enumerate(names):
        curve = shown.probabilities[:, index]
        if name in read or curve.max() >= OTHER:
            axis.plot(shown.step_times, curve, linewidth=1.6 if name in read else 1,
                      linestyle="-" if name in read else ":", label=named(name))
    for sign in shown.signs:
        axis.axvspan(sign.start, sign.end, color=SPAN_COLOUR, zorder=0)
        axis.text((sign.start + sign.end) / 2, 1.03, named(sign.sign) + "?" * doubtful(sign), ha="center", va="bottom",
                  color=DOUBT if doubtful(sign) else INK, fontsize=12)
    axis.set(xlabel="laiks, s", ylabel="varbūtība", ylim=(0, 1.15), xlim=(shown.times[0], shown.times[-1]))
    axis.legend(frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5), ncols=1 + len(read) // 9)


def _pictures(video: Path, times: np.ndarray, wanted: set[int]) -> list[np.ndarray | None]:
    """Small pictures of the wanted frames, None for the others."""
    places = {float(times[number]): number for number in wanted}
    pictures: list[np.ndarray | None] = [None] * len(times)
    facts = VideoFacts()
    for image in read_frames(video, facts):
        if (number := places.get(facts.time)) is not None:
            height = round(WIDTH * image.shape[0] / image.shape[1])
            pictures[number] = cv2.resize(image, (WIDTH, height), interpolation=cv2.INTER_AREA)
        if facts.time > times[-1]:
            break
    return pictures
