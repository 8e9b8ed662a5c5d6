"""What a camera's window shows: every picture that there is time for, read as it comes, and kept for a while.

The tracker works in a thread of its own; showing, which waits for the screen, takes none of its time.
"""

import tempfile
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np

from app.keeping import keep_video
from app.newest import NewestPicture
from ground.errors import DataError
from ground.signs import join_phrase
from recognition.alignment import Sign
from recognition.live import Live
from recognition.sign_reader import SignReader

MOST_KEPT = 64e6  # bytes of pictures: about half a minute of 640 x 480
QUALITY = 92  # of a kept picture, as JPEG
BEFORE, AFTER = 1.0, 0.8  # seconds kept before the first and after the last sign: the hand comes and goes
FIRST = (480, 640, 3)
CODEC = "mp4v"  # OpenCV writes it everywhere


class Following:
    """Follows a camera from `__enter__` to `__exit__`. `picture`, `hands`, `signs`: the newest picture (RGB), its hands
    (42, 3), and all that was read since the last `clear`, in lines; `processed`: how many pictures were read."""

    def __init__(self, source: int | Path, reader: SignReader, tracker: str):
        self.newest, self.live, self.reader = NewestPicture(source), Live(reader, tracker), reader
        self.picture = self.hands = self.fault = None
        self.lines: list[list[Sign]] = []
        self.processed, self.seconds, self.ended = 0, 0.0, False
        self._kept, self._bytes = deque(), 0  # (time, JPEG), and their size
        self._keepers = ThreadPoolExecutor(1)
        self._clear = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.ended = True
        self._thread.join(timeout=5)
        self._keepers.shutdown()

    def clear(self) -> None:
        """Forgets what was read, before the next picture."""
        self._clear.set()

    def keep(self, videos: Path) -> Path:
        """Keeps the clip of the last line as a recording under the phrase that was read (videos/<phrase>/
        kamera_0001.mp4). Raises DataError when nothing has been read, its pictures are gone, or the clip cannot be
        written."""
        if not self.lines:
            raise DataError("Kamera", "nekas nav nolasīts, tāpēc nav ko saglabāt", "Vispirms parādiet vārdu")
        signs, pictures = self.lines[-1], list(self._kept)
        if not pictures or pictures[0][0] > signs[0].start:
            raise DataError("Kamera", "nolasītā vārda attēlu vairs nav atmiņā",
                            "Parādiet vārdu vēlreiz un saglabājiet to uzreiz")
        clip = [(time, picture) for time, picture in pictures
                if signs[0].start - BEFORE <= time <= signs[-1].end + AFTER]
        char_map = {sign: number for number, sign in enumerate(self.reader.signs)}
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "kamera.mp4"
            _write_clip(clip, path)
            return keep_video(path, join_phrase([sign.sign for sign in signs]), char_map, videos, "kamera")

    def _follow(self) -> None:
        try:
            with self.live:
                self.live.look(np.zeros(FIRST, np.uint8), 0.0)  # a tracker's first picture takes a second
                self.live.clear()
                with self.newest:
                    while not self.ended and (picture := self.newest.next()):
                        self._look(*picture)
                self.live.finish()
                self._read()
        except DataError as error:
            self.fault = error
        finally:
            self.ended = True

    def _look(self, image: np.ndarray, time: float) -> None:
        if self._clear.is_set():
            self._clear.clear()
            self.live.clear()
            self._kept, self._bytes = deque(), 0
        hands = self.live.look(image, time)
        self._read()
        self.picture, self.hands = image, hands
        self.processed, self.seconds = self.processed + 1, time
        self._keepers.submit(self._keep, image, time)

    def _read(self) -> None:
        self.lines = [line.signs for line in self.live.lines] + ([self.live.signs] if self.live.signs else [])

    def _keep(self, image: np.ndarray, time: float) -> None:
        _, encoded = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
        self._kept.append((time, encoded.tobytes()))
        self._bytes += len(encoded)
        while self._bytes > MOST_KEPT:
            self._bytes -= len(self._kept.popleft()[1])


def _write_clip(clip: list[tuple[float, bytes]], path: Path) -> None:
    """Pictures with their times as a video of even rate. Raises DataError when it cannot be written."""
    images = [cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR) for _, picture in clip]
    duration = clip[-1][0] - clip[0][0] if len(clip) > 1 else 1.0
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*CODEC), max(1.0, (len(clip) - 1) / duration),
                             images[0].shape[1::-1])
    for image in images:
        writer.write(image)
    writer.release()
    if not path.stat().st_size:
        raise DataError(path.name, "video neizdevās uzrakstīt", "Atbrīvojiet vietu diskā un saglabājiet vēlreiz")
