"""A stream of frames as lines of signs, in constant memory.

A stretch in which hands are seen is read as the recordings were that the network learnt from: from the hand's coming
to its going. One that does not end is read in windows, cut where nothing is signed; each window sees the frames before
the cut too, as many as the network looks back, and reads only what comes after.
"""

import copy
import dataclasses

import numpy as np

from frames.tracking import Tracker
from ground.landmarks import hands_of
from recognition.alignment import Sign, aligned
from recognition.sign_reader import SignReader
from utils.decoding import read_with_beam

GAP = 0.5  # seconds without a hand that end a stretch and its line
PAUSE = 2.0  # seconds without a sign that end a line while the hand stays
LONGEST_LINE = 200  # signs: of someone who never pauses not an hour is kept in one line
BRIEFEST = 4  # frames with a hand: fewer are an error of the tracker
LONGEST = 600  # frames that are read at once, at most
CONTEXT = 64  # frames: as far as the network sees to each side (eight convolutions of 3, dilated 1 to 8, stride 2)


@dataclasses.dataclass(frozen=True)
class Line:
    """Signs that follow each other without a longer pause."""

    signs: list[Sign]

    @property
    def start(self) -> float:
        return self.signs[0].start

    @property
    def end(self) -> float:
        return self.signs[-1].end

    @property
    def confidence(self) -> float:
        """How probably all signs are right, each by itself."""
        return float(np.prod([sign.confidence for sign in self.signs]))


@dataclasses.dataclass(frozen=True)
class Piece:
    """What was read at once: times (T,), hands (T, 42, 3), probabilities (T', classes + 1) and the signs in them."""

    times: np.ndarray
    hands: np.ndarray
    probabilities: np.ndarray
    signs: list[Sign]


class SignStream:
    """Frames in, one after another, lines out as soon as they have ended.

    `tracker` says what a frame is (`frames.tracking`), `aspect` the picture's width / height. `watch` is called with
    every Piece that was read.
    """

    def __init__(self, reader: SignReader, tracker: type[Tracker], aspect: float, watch=lambda piece: None,
                 longest: int = LONGEST):
        self.reader, self.tracker, self.aspect, self.watch = reader, tracker, aspect, watch
        self.longest = longest
        self.frames, self.times = [], []
        self.before = 0  # of the frames, so many at the start have been read and only serve the network
        self.last_seen, self.with_hand = 0.0, 0  # of this stretch
        self.hand_frames = 0  # of all
        self.open: list[Sign] = []  # the line that has not ended

    def take(self, time: float, frame) -> list[Line]:
        """The next frame, shown at `time` seconds; gives the lines that have ended with it."""
        ended = self.finish() if self.frames and time - self.times[-1] >= GAP else []  # pictures are missing
        if self.tracker.sees(frame):
            self.last_seen, self.with_hand, self.hand_frames = time, self.with_hand + 1, self.hand_frames + 1
        elif not self.frames:
            return ended
        self.frames.append(frame)
        self.times.append(time)
        if time - self.last_seen >= GAP:
            return ended + self.finish()
        if len(self.frames) >= self.longest:
            return ended + self._cut()
        return ended

    def finish(self) -> list[Line]:
        """The end of a stretch, or of the stream: gives the lines that are left."""
        lines = self._joined(self._read(len(self.frames), told=True))
        lines += [Line(self.open)] if self.open else []
        self.frames, self.times, self.open, self.before, self.with_hand = [], [], [], 0, 0
        return lines

    def copy(self) -> "SignStream":
        """The stream as it is now, to be asked in another thread while this one goes on."""
        other = copy.copy(self)
        other.frames, other.times, other.open = list(self.frames), list(self.times), list(self.open)
        return other

    def so_far(self) -> list[Sign]:
        """The signs of the line that has not ended, those in the frames that may still be read otherwise included."""
        read = self._read(len(self.frames))
        if self.open and read and read[0].start - self.open[-1].end >= PAUSE:
            return read
        return [*self.open, *read]

    def _cut(self) -> list[Line]:
        """A window is full: what comes before its quietest late place is read for good."""
        probabilities, stride = self.reader.read(self._hands(), self.aspect), self.reader.stride
        first, last = self.before // stride, max(len(probabilities) - CONTEXT // stride, 1)
        middle = (first + last) // 2
        place = (middle + _quietest(probabilities[middle:last, -1])) * stride
        lines = self._joined(self._read(place, told=True))
        dropped = max(place - CONTEXT, 0) // stride * stride
        self.frames, self.times, self.before = self.frames[dropped:], self.times[dropped:], place - dropped
        return lines

    def _read(self, end: int, told: bool = False) -> list[Sign]:
        """The signs in the frames from those read before up to `end`."""
        if self.with_hand < BRIEFEST:
            return []
        # Only up to the last frame with a hand: what follows is certain of nothing.
        seen = 1 + max((number for number, frame in enumerate(self.frames) if self.tracker.sees(frame)), default=-1)
        end = min(end, seen)
        if end <= self.before:
            return []
        hands, stride = self._hands(), self.reader.stride
        part = self.reader.read(hands, self.aspect)[self.before // stride:-(-end // stride)]
        hands, times = hands[self.before:end], np.array(self.times[self.before:end])
        reading, _ = read_with_beam(part, self.reader.signs)
        signs = aligned(reading, part, self.reader.signs, hands * [self.aspect, 1, self.aspect], times, stride)
        if told:
            self.watch(Piece(times, hands, part, signs))
        return signs

    def _hands(self) -> np.ndarray:
        return hands_of(self.tracker.arranged(self.frames, self.aspect))

    def _joined(self, signs: list[Sign]) -> list[Line]:
        """Adds signs to the open line; gives the lines that thereby have ended."""
        ended = []
        for sign in signs:
            if self.open and (sign.start - self.open[-1].end >= PAUSE or len(self.open) >= LONGEST_LINE):
                ended.append(Line(self.open))
                self.open = []
            self.open.append(sign)
        return ended


def _quietest(blank: np.ndarray) -> int:
    """The middle of the longest run of steps in which nothing is the most probable; the surest step without one."""
    quiet = np.flatnonzero(np.diff(np.r_[0, blank > 0.5, 0]))
    if not len(quiet):
        return int(np.argmax(blank))
    starts, ends = quiet[::2], quiet[1::2]
    longest = int(np.argmax(ends - starts))
    return int(starts[longest] + ends[longest]) // 2
