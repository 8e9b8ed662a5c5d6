"""Reading while it is signed: pictures in as they come, the hands of each and the text so far out."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from frames.people import MiddlePerson
from frames.tracking import TRACKERS
from ground.landmarks import HAND_JOINTS, hands_of
from recognition.alignment import Sign
from recognition.sign_reader import SignReader
from recognition.source import too_soon
from recognition.stream import Line, SignStream

READ_EVERY = 0.2  # seconds: reading anew after every frame would cost frames
LONGEST = 250  # frames that are read at once: what is read again and again must be read fast


class Live:
    """A tracker and a reader that follow one camera. `lines`: what has ended; `signs`: the line that has not.

    The line that has not ended is read again and again, in a thread of its own: the tracker does not wait for it.
    """

    def __init__(self, reader: SignReader, tracker: str = "hands"):
        self.reader, self.kind = reader, TRACKERS[tracker]

    def __enter__(self):
        self.tracker, self.person = self.kind().__enter__(), MiddlePerson().__enter__()
        self.readers = ThreadPoolExecutor(1)
        self.clear()
        return self

    def __exit__(self, *error):
        self.readers.shutdown()
        self.tracker.__exit__(*error)
        self.person.__exit__(*error)

    def clear(self) -> None:
        """Forgets what was read."""
        self.stream = SignStream(self.reader, self.kind, 1.0, longest=LONGEST)
        self.lines: list[Line] = []
        self.signs: list[Sign] = []
        self.read_at, self.reading = -np.inf, None
        self.before, self.hands = -np.inf, np.zeros((2 * HAND_JOINTS, 3), np.float32)

    def finish(self) -> None:
        """No picture comes any more: reads what is left for good."""
        self.lines += self.stream.finish()
        self.signs, self.reading = [], None

    def look(self, image: np.ndarray, time: float) -> np.ndarray:
        """The next picture (RGB), taken at `time` seconds -> its hands, float32 (42, 3), fractions of the picture."""
        if too_soon(time, self.before):
            return self.hands
        self.before, self.stream.aspect = time, image.shape[1] / image.shape[0]
        found = self.tracker.look(self.person.alone(image))
        if ended := self.stream.take(time, found):
            self.lines += ended
            self.signs, self.reading = list(self.stream.open), None
        if self.reading and self.reading.done():
            self.signs, self.reading = self.reading.result(), None
        if not self.reading and time - self.read_at >= READ_EVERY:
            self.reading, self.read_at = self.readers.submit(self.stream.copy().so_far), time
        self.hands = hands_of(self.kind.arranged([found], self.stream.aspect))[0]
        return self.hands
