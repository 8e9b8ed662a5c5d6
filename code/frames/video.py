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

from frames import pose_file
from frames.container import Container, container_of, upright
from ground.counted import counted
from ground.errors import DataError
from ground.files import FULL, ROOT, cannot_write, shown

WINDOWS = os.name == "nt"
SUFFIXES = (".mp4", ".mov", ".m4v", ".avi", ".mkv", ".webm", ".3gp", ".mts", ".m2ts", ".wmv", ".mpg", ".mpeg")
SOUND = ((8, b"WAVE"), (0, b"ID3"), (0, b"\xff\xfb"), (0, b"fLaC"), (8, b"M4A "))  # how files of sound alone begin
RECORDED = (*SUFFIXES, pose_file.SUFFIX)
BLANK = 236  # the grey of a picture of which only landmarks are known
#: After a frame that cannot be read so many more are tried; at a file's end that takes no time.
TRIES = 1000
#: So many frames may be missing before a video counts as damaged: a first or a last one that no player shows.
FRAMES_MISSING = 1
FASTEST = 1000  # frames a second: where more are stated, the damage has reached the header
WIDEST_PIXEL = 4  # a pixel wider or higher than that is a mistake in the file
CODECS = {"av01": "AV1", "vvc1": "VVC"}
DECODED = ("h264", "avc1", "hevc", "hev1", "hvc1", "fmp4", "mp4v", "vp80", "vp90", "mjpg", "mpg1", "mpg2", "wmv1",
           "wmv2", "wmv3", "h263")  # by every OpenCV
DAMAGED = "bojāts vai aprauts"
COPY_AGAIN = "Nokopējiet to no telefona vai kameras vēlreiz"
cv2.setLogLevel(0)
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")


@dataclasses.dataclass
class VideoFacts:
    """What is known of a video once it is read to its end; its own claims are not believed."""

    frames: int = 0
    width: int = 0
    height: int = 0
    seconds: float = 0.0
    time: float = 0.0  # the second at which the newest frame is shown
    expected: int = 0  # frames that a damaged or cut video should have had; 0 for a whole one, -1 where nobody knows

    @property
    def damage(self) -> str:
        """What is to be said of a damaged video (Latvian), "" of a whole one."""
        read = (f"{self.frames} no {counted(self.expected, 'kadra', 'kadriem')}" if self.expected > 0 else
                counted(self.frames, "kadru", "kadrus"))
        return f"{DAMAGED}: izdevās nolasīt {read}. {COPY_AGAIN}" if self.expected else ""

    def cells(self) -> dict:
        """What a row of landmarks.csv says of a video."""
        return {"frames": self.frames, "fps": round(self.fps, 3), "width": self.width, "height": self.height,
                "seconds": round(self.seconds, 2)}

    @property
    def fps(self) -> float:
        return self.frames / self.seconds if self.seconds else 0.0


def find_videos(folder: Path, may_be_none: bool = False) -> dict[str, Path]:
    """All videos and .pose files below `folder`, in linked folders too: name within it (NFC, with "/") -> path, in the
    order of names.

    Raises DataError when there is none (and says how to get some) unless that may be, and when two names differ only in
    their encoding.
    """
    videos = [path for path in _files(folder) if path.suffix.lower() in RECORDED]
    if not videos and not may_be_none:
        raise DataError(shown(folder), "nav neviena video",
                        f"Ielieciet tur mapes ar frāžu nosaukumiem, piemēram, {shown(folder)}/g-u-n-t-a/1.mp4 "
                        f"({', '.join(RECORDED)})")
    found: dict[str, Path] = {}
    for path in sorted(videos):
        name = unicodedata.normalize("NFC", path.relative_to(folder).as_posix())
        if name in found:
            raise DataError(name, "ir divi video ar vienādu nosaukumu, tikai burti kodēti citādi", "Pārdēvējiet vienu")
        found[name] = path
    return dict(sorted(found.items()))


def passed_over(folder: Path) -> dict[str, int]:
    """How many files below `folder` are taken for no video, by the ending of their names."""
    endings = [path.suffix.lower() or path.name for path in _files(folder) if path.suffix.lower() not in RECORDED]
    return {ending: endings.count(ending) for ending in sorted(set(endings))}


def read_frames(path: Path, facts: VideoFacts) -> Iterator[np.ndarray]:
    """Yields every frame that can be read as uint8 RGB (height, width, 3), upright and with square pixels, as a player
    shows it; fills `facts`. After a frame that cannot be read it reads on. Of a .pose file the pictures are blank.

    Raises DataError for a file that cannot be opened or holds no frame.
    """
    refuse_no_file(path)
    if path.suffix.lower() == pose_file.SUFFIX:
        yield from _blank_frames(pose_file.read_pose(path), facts)
        return
    container = container_of(path)
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
                facts.time = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
                frame = _as_shown(frame, container, pixel)
                facts.frames += 1
                facts.height, facts.width = frame.shape[:2]
                facts.seconds = max(facts.seconds, facts.time + (1 / fps if fps > 0 else 0))
                yield cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)
            codec = int(capture.get(cv2.CAP_PROP_FOURCC)).to_bytes(4, "little").decode("latin-1").strip("\0 ")
        finally:
            capture.release()
    if not facts.frames:
        raise _no_frame(path, container, codec if count > 0 else "")
    facts.expected = _expected(facts, lost, fps, count, container)


def _blank_frames(pose: pose_file.PoseFile, facts: VideoFacts) -> Iterator[np.ndarray]:
    facts.width, facts.height = pose.width, pose.height
    for number in range(len(pose.landmarks)):
        facts.time, facts.frames, facts.seconds = number / pose.fps, number + 1, (number + 1) / pose.fps
        yield np.full((pose.height, pose.width, 3), BLANK, np.uint8)


def claimed_frames(path: Path) -> int:
    """How many frames a video says it has: good enough to tell long from short, not to be believed further."""
    with _openable(path) as name:
        capture = cv2.VideoCapture(name, cv2.CAP_FFMPEG)
        claimed = int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
        capture.release()
    return max(0, claimed)


def frames_at(path: Path, numbers: list[int], mirrored: bool = False) -> list[np.ndarray]:
    """The frames with these numbers (from 0), RGB, turned back where the video is `mirrored`; for looking, so the video
    is read once from the start."""
    wanted, last = set(numbers), max(numbers)
    found = {}
    for number, frame in enumerate(read_frames(path, VideoFacts())):
        if number in wanted:
            found[number] = frame
        if number == last:
            break
    return [found[number][:, ::-1] if mirrored else found[number] for number in numbers if number in found]


def refuse_no_file(path: Path) -> None:
    """Raises DataError for what is no readable file: a link that leads nowhere, a folder, a pipe, a forbidden one."""
    if path.is_symlink() and not path.exists():
        raise DataError(shown(path), "saite neved ne uz vienu failu", "Ielieciet tās vietā pašu video")
    if path.exists() and not path.is_file():
        raise DataError(shown(path), "tas nav fails", "Norādiet video failu, no mapes pa vienam")
    try:
        open(path, "rb").close()
    except OSError as error:
        raise DataError(shown(path), f"failu nevar nolasīt ({error.strerror})", "Dodiet atļauju to lasīt") from None


def _files(folder: Path, above: tuple[str, ...] = ()) -> Iterator[Path]:
    """Files below a folder and below the folders linked in it, but for a link back to a folder above; hidden ones left
    out. A link that leads nowhere is a file too, and so is a folder that may not be opened: reading it tells."""
    real = os.path.realpath(folder)
    try:
        inside = sorted(folder.iterdir()) if real not in above else []
    except OSError:
        inside = []
        yield folder
    for path in inside:
        if path.name.startswith("."):
            continue
        if path.is_dir():
            yield from _files(path, (*above, real))
        else:
            yield path


def _unopened(path: Path, container: Container) -> DataError:
    with open(path, "rb") as file:
        head = file.read(12)
    if not head:
        return DataError(shown(path), "fails ir tukšs", COPY_AGAIN)
    if any(head[at:].startswith(mark) for at, mark in SOUND):
        return DataError(shown(path), "failā ir tikai skaņa", "Norādiet video")
    if container.known:
        return DataError(shown(path), f"video nevar atvērt: fails ir {DAMAGED}", COPY_AGAIN)
    return DataError(shown(path), "video nevar atvērt", "Pārbaudiet, vai tas ir video, un pārkodējiet to par mp4")


def _no_frame(path: Path, container: Container, codec: str) -> DataError:
    if codec.lower() in DECODED or container.damaged:
        return DataError(shown(path), f"video nav neviena kadra: fails ir {DAMAGED}", COPY_AGAIN)
    if codec:
        return DataError(shown(path), f"nevienu kadru nevar atkodēt (kodeks {CODECS.get(codec.lower(), codec)})",
                         f'Pārkodējiet to par H.264, piemēram: ffmpeg -i "{path.name}" -c:v libx264 jauns.mp4')
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
    """`VideoFacts.expected`: whether frames failed between others, the container is damaged, or it holds more frames
    than came. What OpenCV claims is believed only where it is the container's own count: it is wrong after a clock that
    starts late, with sound that goes on after the picture, and in a live recording."""
    held = container.frames or (round(count) if container.believed else 0)
    if not (lost or container.damaged or held - facts.frames > FRAMES_MISSING):
        return 0
    if container.damaged and count > 0 and 0 < fps < FASTEST:  # the container itself was counted up to the damage only
        held = max(held, round(count))
    total = max(held, facts.frames + lost)
    return total if total > facts.frames else -1


@contextlib.contextmanager
def _openable(path: Path) -> Iterator[str]:
    """The path, or on Windows, where OpenCV cannot open every letter, the path of a copy with a plain name."""
    if not WINDOWS or str(path).isascii():
        yield str(path)
        return
    with tempfile.TemporaryDirectory(dir=_plain_folder()) as folder:
        copy = Path(folder) / f"video{path.suffix}"
        try:
            shutil.copyfile(path, copy)
        except OSError as error:
            raise (cannot_write(copy.parent, error) if error.errno in FULL else
                   DataError(shown(path), f"failu nevar nolasīt ({error.strerror})", COPY_AGAIN)) from error
        yield str(copy)


def _plain_folder() -> str:
    """A folder for copies, of English letters only; the usual temporary folder on Windows bears the user's name."""
    folders = [tempfile.gettempdir(), str(ROOT), os.environ.get("PUBLIC", ""), os.environ.get("PROGRAMDATA", "")]
    for folder in folders:
        if folder.isascii() and os.path.isdir(folder) and os.access(folder, os.W_OK):
            return folder
    raise DataError(tempfile.gettempdir(), "pagaidu mapes ceļā ir burti, ar kuriem OpenCV netiek galā",
                    "Izveidojiet mapi C:\\temp, komandrindā: set TEMP=C:\\temp, un palaidiet vēlreiz")
