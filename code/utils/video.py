"""Videos: finding them in the phrase folders and reading their frames upright, one after another."""

import contextlib
import dataclasses
import os
import shutil
import tempfile
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from ground.errors import DataError
from ground.files import ROOT, shown

WINDOWS = os.name == "nt"
SUFFIXES = (".mp4", ".mov", ".avi", ".mkv", ".webm")
os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")


@dataclasses.dataclass
class VideoFacts:
    """What is known of a video once it is read to its end; its own claims are not believed."""

    frames: int = 0
    width: int = 0
    height: int = 0
    seconds: float = 0.0

    @property
    def fps(self) -> float:
        return self.frames / self.seconds if self.seconds else 0.0


def find_videos(folder: Path) -> dict[str, Path]:
    """All videos below `folder`: name within it (NFC, with "/") -> path, in the order of names.

    Raises DataError when there is none (and says how to get some), or when two names differ only in their encoding.
    """
    videos = [path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and not path.name.startswith(".")]
    if not videos:
        raise DataError(shown(folder), "nav neviena video",
                        f"Ielieciet tur mapes ar frāžu nosaukumiem, piemēram, {shown(folder)}/g-u-n-t-a/1.mp4 "
                        f"({', '.join(SUFFIXES)})")
    found: dict[str, Path] = {}
    for path in sorted(videos):
        name = unicodedata.normalize("NFC", path.relative_to(folder).as_posix())
        if name in found:
            raise DataError(name, "ir divi video ar vienādu nosaukumu, tikai burti kodēti citādi", "Pārdēvējiet vienu")
        found[name] = path
    return dict(sorted(found.items()))


def read_frames(path: Path, facts: VideoFacts) -> Iterator[np.ndarray]:
    """Yields every frame as uint8 RGB (height, width, 3), turned as the rotation flag says; fills `facts`.

    Raises DataError for a file that cannot be opened or holds no frame.
    """
    with _openable(path) as name:
        capture = cv2.VideoCapture(name, cv2.CAP_FFMPEG)
        if not capture.isOpened():
            raise DataError(shown(path), "video nevar atvērt",
                            "Pārbaudiet, vai tas ir video, un pārkodējiet to par mp4")
        claimed = capture.get(cv2.CAP_PROP_FPS)
        try:
            while True:
                read, frame = capture.read()
                if not read:
                    break
                time = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
                facts.frames += 1
                facts.height, facts.width = frame.shape[:2]
                facts.seconds = max(facts.seconds, time + (1 / claimed if claimed > 0 else 0))
                yield cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)
        finally:
            capture.release()
    if not facts.frames:
        raise DataError(shown(path), "video nav neviena kadra", "Uzņemiet to vēlreiz")


def claimed_frames(path: Path) -> int:
    """How many frames a video says it has: good enough to tell long from short, not to be believed further."""
    with _openable(path) as name:
        capture = cv2.VideoCapture(name, cv2.CAP_FFMPEG)
        claimed = int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
        capture.release()
    return max(0, claimed)


def frames_at(path: Path, numbers: list[int]) -> list[np.ndarray]:
    """The frames with these numbers (from 0), RGB; for looking, so the video is read once from the start."""
    wanted, last = set(numbers), max(numbers)
    found = {}
    for number, frame in enumerate(read_frames(path, VideoFacts())):
        if number in wanted:
            found[number] = frame
        if number == last:
            break
    return [found[number] for number in numbers if number in found]


@contextlib.contextmanager
def _openable(path: Path) -> Iterator[str]:
    """The path, or on Windows, where OpenCV cannot open every letter, the path of a copy with a plain name."""
    if not WINDOWS or str(path).isascii():
        yield str(path)
        return
    with tempfile.TemporaryDirectory(dir=_plain_folder()) as folder:
        copy = Path(folder) / f"video{path.suffix}"
        shutil.copyfile(path, copy)
        yield str(copy)


def _plain_folder() -> str:
    """A folder for copies, of English letters only; the usual temporary folder on Windows bears the user's name."""
    folders = [tempfile.gettempdir(), str(ROOT), os.environ.get("PUBLIC", ""), os.environ.get("PROGRAMDATA", "")]
    for folder in folders:
        if folder.isascii() and os.path.isdir(folder) and os.access(folder, os.W_OK):
            return folder
    raise DataError(tempfile.gettempdir(), "pagaidu mapes ceļā ir burti, ar kuriem OpenCV netiek galā",
                    "Izveidojiet mapi C:\\temp, komandrindā: set TEMP=C:\\temp, un palaidiet vēlreiz")
