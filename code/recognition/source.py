"""Sources: whatever is to be read, as frames one after another, each with its time and what a tracker saw in it.

A video file, a landmark array (a file or in memory), a camera by its index.
"""

import dataclasses
import numbers
import os
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from frames import pose_file
from frames.people import MiddlePerson
from frames.tracking import TRACKERS, HolisticTracker, Tracker
from frames.video import VideoFacts, read_frames, refuse_no_file
from ground.environment import quiet
from ground.errors import DataError
from ground.files import shown
from ground.landmarks import HANDS, LANDMARKS, POSE, WIDEST_PICTURE, array_parts, checked

USUAL_RATE, USUAL_ASPECT = 25.0, 16 / 9  # of an array of which nothing more is known
PART = 1000  # frames of an array that are looked at at once
BODY_TRIED = 25  # frames in which a body must show for Holistic to be the tracker
BODY_SEEN = 0.5
SHORTEST_STEP = 0.0265  # seconds between two frames that are read: 60 a second become 30, 50 become 25
UNPLUGGED = 3.0  # seconds without a picture
CAMERA_REMEDY = "Pievienojiet kameru, aizveriet citas programmas, kas to lieto, un palaidiet vēlreiz"


@dataclasses.dataclass
class Facts:
    """What is known of a source: `tracker` as chosen; `several`: more people than one were seen; `damage`: what is to
    be said of a damaged video; `assumed`: the rate or the aspect of an array is a guess."""

    name: str
    tracker: str = ""
    aspect: float = USUAL_ASPECT
    frames: int = 0
    seconds: float = 0.0
    width: int = 0
    height: int = 0
    several: bool = False
    damage: str = ""
    assumed: bool = False
    interrupted: bool = False

    @property
    def fps(self) -> float:
        return self.frames / self.seconds if self.seconds else 0.0


Frames = Iterator[tuple[float, object]]


def frames_of(source: str | int | Path | np.ndarray, tracker: str, seconds: float | None, fps: float | None,
              aspect: float | None) -> tuple[Facts, type[Tracker], Frames]:
    """A source's facts (filled as the frames come), the tracker that knows what a frame is, and its frames: the second
    at which each is shown and what the tracker saw in it. `fps`, `aspect` (width / height) are an array's. Of a fast
    source frames are left out: more than networks practise on are not read better, but worse."""
    _refuse_impossible(source, fps, aspect)
    if isinstance(source, np.ndarray):
        return _of_array(source, fps, aspect)
    if isinstance(source, int) or (isinstance(source, str) and source.isdecimal() and not os.path.exists(source)):
        facts = Facts(f"kamera {source}", "hands" if tracker == "auto" else tracker)
        return facts, TRACKERS[facts.tracker], _tracked(camera_images(int(source), facts, seconds or np.inf), facts)
    path = Path(source)
    if not os.path.lexists(path):
        raise DataError(shown(path), "faila nav", "Pārbaudiet nosaukumu un mapi")
    refuse_no_file(path)
    if path.suffix.lower() == ".npy":
        return _of_array(path, fps, aspect)
    if path.suffix.lower() == pose_file.SUFFIX:
        pose = pose_file.read_pose(path)
        facts, *rest = _of_array(pose.landmarks, pose.fps, pose.width / pose.height)
        facts.name, facts.tracker, facts.width, facts.height = path.name, ".pose", pose.width, pose.height
        return facts, *rest
    facts = Facts(path.name, _chosen(path) if tracker == "auto" else tracker)
    return facts, TRACKERS[facts.tracker], _tracked(_video_images(path, facts), facts)


def too_soon(time: float, before: float) -> bool:
    """Whether a frame follows the one before too fast to be read. Times that stand still tell nothing."""
    return 0 < time - before < SHORTEST_STEP


def _refuse_impossible(source, fps: float | None, aspect: float | None) -> None:
    if isinstance(source, bool) or not isinstance(source, (str, int, Path, np.ndarray)) or (
            isinstance(source, int) and source < 0):
        raise DataError("source", f"{source!r} nevar nolasīt",
                        "Vajag video, .npy vai .pose ceļu, masīvu vai kameras numuru")
    for name, value, least, most in (("fps", fps, 1, 1000), ("aspect", aspect, 1 / WIDEST_PICTURE, WIDEST_PICTURE)):
        if value is not None and not (isinstance(value, numbers.Real) and least <= value <= most):
            raise DataError(name, f"{value!r} neder", f"Vajag skaitli no {least:g} līdz {most:g}")


def camera_images(index: int, facts: Facts, seconds: float) -> Iterator[np.ndarray]:
    """A camera's RGB images for so many seconds, as they come. Raises DataError when it is not there, is in use, or is
    unplugged before anything was seen; later the images end."""
    with quiet():
        capture = cv2.VideoCapture(index)
        opened = capture.isOpened() and capture.read()[0]
    if not opened:
        capture.release()
        raise DataError(facts.name, "kameras nav vai to lieto cita programma", CAMERA_REMEDY)
    started = last = time.monotonic()
    try:
        while (now := time.monotonic()) - started < seconds:
            read, frame = capture.read()
            if read:
                last = facts.seconds = now
                facts.seconds -= started
                yield cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)
            elif now - last > UNPLUGGED:
                facts.damage = "kamera vairs nedod attēlu; nolasīts, kas bija līdz tam"
                return
    finally:
        capture.release()


def _video_images(path: Path, facts: Facts) -> Iterator[np.ndarray]:
    video = VideoFacts()
    for image in read_frames(path, video):
        facts.seconds = video.time
        yield image
    facts.seconds, facts.damage = video.seconds, video.damage


def _tracked(images: Iterator[np.ndarray], facts: Facts) -> Frames:
    with quiet(), TRACKERS[facts.tracker]() as tracker, MiddlePerson() as person:
        before = -np.inf
        for image in images:
            facts.height, facts.width = image.shape[:2]
            facts.aspect, facts.frames = facts.width / facts.height, facts.frames + 1
            if too_soon(facts.seconds, before):
                continue
            before = facts.seconds
            found = tracker.look(person.alone(image))
            facts.several = person.several
            yield facts.seconds, found


def _chosen(path: Path) -> str:
    """Holistic where a body shows in the first second, else the hand tracker, which needs none."""
    bodies = []
    with quiet(), HolisticTracker() as tracker:
        for image, _ in zip(read_frames(path, VideoFacts()), range(BODY_TRIED)):
            bodies.append(tracker.look(image)[POSE].any())
    return "holistic" if np.mean(bodies or [0]) >= BODY_SEEN else "hands"


def _of_array(source: np.ndarray | Path, fps: float | None, aspect: float | None):
    in_memory = isinstance(source, np.ndarray)
    facts = Facts("masīvs" if in_memory else source.name, "masīvs", aspect or USUAL_ASPECT,
                  assumed=not (fps and aspect))
    parts = _parts(source, facts) if in_memory else array_parts(source)
    return facts, HolisticTracker, _rows(parts, facts, fps or USUAL_RATE)


def _parts(array: np.ndarray, facts: Facts) -> Iterator[np.ndarray]:
    """An array of hands or of all landmarks in parts of all landmarks."""
    hands = array.shape[1:] == (HANDS.stop - HANDS.start, 3)
    if array.ndim != 3 or not (hands or array.shape[1:] == (LANDMARKS, 3)):
        raise DataError(facts.name, f"masīva forma ir {array.shape}, vajag (kadri, {LANDMARKS}, 3) vai (kadri, 42, 3)",
                        "Iegūstiet to no video ar extract_landmarks")
    for start in range(0, len(array), PART):
        part = np.zeros((len(array[start:start + PART]), LANDMARKS, 3), np.float32)
        part[:, HANDS if hands else slice(None)] = array[start:start + PART]
        yield checked(part, Path(facts.name), start)


def _rows(parts: Iterator[np.ndarray], facts: Facts, fps: float) -> Frames:
    before = -np.inf
    for part in parts:
        for row in part:
            time = facts.frames / fps
            facts.frames += 1
            facts.seconds = facts.frames / fps
            if not too_soon(time, before):
                before = time
                yield time, row
