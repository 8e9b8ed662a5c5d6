"""The newest picture of a camera: who takes longer than a picture lasts leaves pictures out, and never falls behind.

A video file serves as a camera too, at its own speed.
"""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from frames.video import VideoFacts, read_frames
from ground.errors import DataError
from recognition.source import Facts, camera_images

WAITS = 0.5  # seconds, then a look at whether the source has ended


class NewestPicture:
    """Reads a camera (its index) or a file in a thread of its own. `given`: how many pictures came; `facts.damage`: why
    they ended, where that is a fault."""

    def __init__(self, source: int | Path):
        self.facts = Facts(f"kamera {source}" if isinstance(source, int) else source.name)
        self.given, self.ended, self.fault = 0, False, None
        self._images = (camera_images(source, self.facts, np.inf) if isinstance(source, int) else
                        _at_its_own_speed(source, self.facts))
        self._news, self._picture = threading.Condition(), None
        self._thread = threading.Thread(target=self._read, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.ended = True
        self._thread.join(timeout=2)

    def next(self) -> tuple[np.ndarray, float] | None:
        """The newest picture (RGB) that has not been given yet, and the second at which it came; waits for one. None
        once there are no more. Raises DataError when the source cannot be read."""
        with self._news:
            while self._picture is None and not self.ended:
                self._news.wait(WAITS)
            picture, self._picture = self._picture, None
        if picture is None and self.fault:
            raise self.fault
        return picture

    def _read(self) -> None:
        try:
            for image in self._images:
                if self.ended:
                    return
                with self._news:
                    self._picture, self.given = (image, self.facts.seconds), self.given + 1
                    self._news.notify()
        except DataError as error:
            self.fault = error
        finally:
            self._images.close()
            with self._news:
                self.ended = True
                self._news.notify()


def _at_its_own_speed(path: Path, facts: Facts) -> Iterator[np.ndarray]:
    video, started = VideoFacts(), time.monotonic()
    for image in read_frames(path, video):
        time.sleep(max(0.0, video.time - (time.monotonic() - started)))
        facts.seconds = video.time
        yield image
