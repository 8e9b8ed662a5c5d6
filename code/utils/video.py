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

from frames.container import Container, container_of, upright
from ground.errors import DataError
from ground.files import ROOT, shown

WINDOWS = os.name == "nt"
SUFFIXES = (".mp4", ".mov", ".m4v", ".avi", ".mkv", ".webm", ".3gp", ".mts", ".m2ts", ".wmv", ".mpg", ".mpeg")
#: After a frame that cannot be read so many more are tried; at a file's end that takes no time.
TRIES = 1000
#: So much may be missing of what a container states before a video counts as cut off: in frames where it counts frames,
#: else in seconds and as a share, for sound often goes on after the last picture.
FRAMES_MISSING, SECONDS_MISSING, SHARE_MISSING = 2, 0.5, 0.1
WIDEST_PIXEL = 4  # a pixel wider or higher than that is a mistake in the file
CODECS = {"av01": "AV1", "hev1": "HEVC", "hvc1": "HEVC", "hevc": "HEVC", "vp90": "VP9", "vvc1": "VVC"}
COPY_AGAIN = "Nokopējiet to no telefona vai kameras vēlreiz"
os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")


@dataclasses.dataclass
class VideoFacts:
    """What is known of a video once it is read to its end; its own claims are not believed."""

    frames: int = 0
    width: int = 0
    height: int = 0
    seconds: float = 0.0
    expected: int = 0  # frames that a damaged or cut video should have had; 0 for a whole one, -1 where nobody knows

    @property
    def damage(self) -> str:
        """What is to be said of a damaged video (Latvian), "" of a whole one."""
        of = f" no {self.expected}" if self.expected > 0 else ""
        return f"bojāts vai aprauts: nolasīti {self.frames}{of} kadriem. {COPY_AGAIN}" if self.expected else ""

    @property
    def fps(self) -> float:
        return self.frames / self.seconds if self.seconds else 0.0


def find_videos(folder: Path) -> dict[str, Path]:
    """All videos below `folder`, in linked folders too: name within it (NFC, with "/") -> path, in the order of names.

    Raises DataError when there is none (and says how to get some), or when two names differ only in their encoding.
    """
    videos = [path for path in _files(folder) if path.suffix.lower() in SUFFIXES]
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


def passed_over(folder: Path) -> dict[str, int]:
    """How many files below `folder` are taken for no video, by the ending of their names."""
    endings = [path.suffix.lower() or path.name for path in _files(folder) if path.suffix.lower() not in SUFFIXES]
    return {ending: endings.count(ending) for ending in sorted(set(endings))}


def read_frames(path: Path, facts: VideoFacts) -> Iterator[np.ndarray]:
    """Yields every frame that can be read as uint8 RGB (height, width, 3), upright and with square pixels, as a player
    shows it; fills `facts`. After a frame that cannot be read it reads on.

    Raises DataError for a file that cannot be opened or holds no frame.
    """
    container = _container(path)
    lost = failed = 0
    with _openable(path) as name:
        capture = cv2.VideoCapture(name, cv2.CAP_FFMPEG)
        if not capture.isOpened():
            raise _unopened(path, container)
        if container.mirror is not None:
            capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 0)  # OpenCV would turn the picture where it is to be mirrored
        fps, count = capture.get(cv2.CAP_PROP_FPS), capture.get(cv2.CAP_PROP_FRAME_COUNT)
        pixel = _pixel_shape(capture, container)
        try:
            while failed < TRIES:
                read, frame = capture.read()
                if not read:
                    failed += 1
                    continue
                lost, failed = lost + failed, 0
                time = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
                frame = _as_shown(frame, container, pixel)
                facts.frames += 1
                facts.height, facts.width = frame.shape[:2]
                facts.seconds = max(facts.seconds, time + (1 / fps if fps > 0 else 0))
                yield cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)
            codec = int(capture.get(cv2.CAP_PROP_FOURCC)).to_bytes(4, "little").decode("latin-1").strip("\0 ")
        finally:
            capture.release()
    if not facts.frames:
        raise _no_frame(path, container, codec if count > 0 else "")
    facts.expected = _expected(facts, lost, fps, count, container)


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


def _files(folder: Path) -> Iterator[Path]:
    """Files below a folder and below the folders linked in it, each folder once; hidden ones left out. A link that
    leads nowhere is a file too: reading it tells."""
    visited = {os.path.realpath(folder)}
    for place, folders, names in os.walk(folder, followlinks=True):
        real = {name: os.path.realpath(os.path.join(place, name)) for name in sorted(folders) if name[0] != "."}
        folders[:] = [name for name in real if real[name] not in visited]
        visited |= set(real.values())
        yield from (Path(place, name) for name in names if not name.startswith("."))


def _container(path: Path) -> Container:
    """What the container says. Raises DataError for what is no readable file."""
    if not path.exists():
        raise DataError(shown(path), "saite neved ne uz vienu failu" if path.is_symlink() else "faila nav",
                        "Ielieciet tās vietā pašu video")
    if not path.is_file():
        raise DataError(shown(path), "tas nav fails", "Ielieciet tā vietā video")
    try:
        return container_of(path)
    except OSError as error:
        raise DataError(shown(path), f"failu nevar nolasīt ({error.strerror})", "Dodiet atļauju to lasīt") from None


def _unopened(path: Path, container: Container) -> DataError:
    if container.cut or container.kind:
        return DataError(shown(path), "video nevar atvērt: fails ir bojāts vai aprauts", COPY_AGAIN)
    return DataError(shown(path), "video nevar atvērt", "Pārbaudiet, vai tas ir video, un pārkodējiet to par mp4")


def _no_frame(path: Path, container: Container, codec: str) -> DataError:
    if codec and not container.cut:
        return DataError(shown(path), f"nevienu kadru nevar atkodēt (kodeks {CODECS.get(codec.lower(), codec)})",
                         f"Pārkodējiet to par H.264, piemēram: ffmpeg -i {path.name} -c:v libx264 jauns.mp4")
    return DataError(shown(path), "video nav neviena kadra", "Uzņemiet to vēlreiz")


def _pixel_shape(capture: cv2.VideoCapture, container: Container) -> tuple[float, float]:
    """How many times wider and higher than stored a pixel of the upright picture is shown (old cameras' are no
    squares); one of the two is 1."""
    ratio = capture.get(cv2.CAP_PROP_SAR_NUM) / (capture.get(cv2.CAP_PROP_SAR_DEN) or 1)
    if not 1 / WIDEST_PIXEL <= ratio <= WIDEST_PIXEL:
        return 1.0, 1.0
    lying = capture.get(cv2.CAP_PROP_ORIENTATION_META) in (90, 270)
    if container.mirror is not None:
        lying = abs(container.mirror[0, 0]) < abs(container.mirror[0, 1])
    ratio = 1 / ratio if lying else ratio
    return max(ratio, 1.0), max(1 / ratio, 1.0)


def _as_shown(frame: np.ndarray, container: Container, pixel: tuple[float, float]) -> np.ndarray:
    if container.mirror is not None:
        frame = np.ascontiguousarray(upright(frame, container.mirror))
    return frame if pixel == (1.0, 1.0) else cv2.resize(frame, None, fx=pixel[0], fy=pixel[1])


def _expected(facts: VideoFacts, lost: int, fps: float, count: float, container: Container) -> int:
    """`VideoFacts.expected`: whether frames failed between others, the file is cut off, or much less came than the
    container states. What a count alone states may be wrong: a clock that starts late, a live recording."""
    missing, tolerance = 0.0, float(FRAMES_MISSING)
    if container.kind in ("mp4", "avi") and not container.edited:
        missing = count - facts.frames - lost
    elif container.kind in ("mkv", "asf") and fps > 0 < count:
        missing = (count / fps - container.start - facts.seconds) * fps
        tolerance = max(tolerance, SECONDS_MISSING * fps, SHARE_MISSING * facts.frames)
    if not (lost or container.cut or missing > tolerance):
        return 0
    total = facts.frames + max(lost, round(missing)) if container.kind == "mkv" else (
        facts.frames + lost + max(0, round(missing)))
    return total if total > facts.frames else -1


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
