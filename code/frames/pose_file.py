"""`.pose` files, the format of the sign-language-processing tools, in and out: landmarks as pixels, frames a second and
the picture's size.

Two layouts are read: MediaPipe Holistic's and that of the hands alone; other components are passed over. Written is
Holistic's. x and y go from fractions of the picture to pixels and back in float32, z stays as it is. Format and
components: the package pose-format (Moryossef, Müller, Fahrni 2021, "pose-format: Library for Viewing, Augmenting, and
Handling .pose Files").
"""

import dataclasses
from pathlib import Path

import numpy as np

from ground.environment import quiet
from ground.errors import DataError
from ground.files import shown, written_whole
from ground.landmarks import FACE, HAND_JOINTS, HANDS, LANDMARKS, LEFT_HAND, POSE, RIGHT_HAND, checked, mirrored, seen

SUFFIX = ".pose"
COMPONENTS = {"POSE_LANDMARKS": POSE, "FACE_LANDMARKS": FACE, "LEFT_HAND_LANDMARKS": LEFT_HAND,
              "RIGHT_HAND_LANDMARKS": RIGHT_HAND}
#: The body's points in a mirror: left and right change places.
MIRRORED_BODY = [0, 4, 5, 6, 1, 2, 3, 8, 7, 10, 9, *(number + (1 if number % 2 else -1) for number in range(11, 33))]
FEWEST_PIXELS = 8  # over which a hand reaches in any picture
NEEDED = "Vajag MediaPipe Holistic vai roku izkārtojumu (LEFT_HAND_LANDMARKS, RIGHT_HAND_LANDMARKS)"


@dataclasses.dataclass(frozen=True)
class PoseFile:
    """What is in a file: the first person's landmarks, float32 (T, 543, 3), frames a second, the picture's size."""

    landmarks: np.ndarray
    fps: float
    width: int
    height: int


def read_pose(path: Path) -> PoseFile:
    """Reads a file. Raises DataError for one that is damaged or of another layout, and where pose-format is not
    installed."""
    pose = _opened(path)
    size = pose.header.dimensions
    points = np.asarray(pose.body.data.filled(0), np.float32)[:, 0, :, :3]
    if points.shape[2] == 2:  # a layout without depth
        points = np.concatenate([points, np.zeros_like(points[..., :1])], axis=2)
    places = points[..., :2][points[..., :2] != 0]
    if len(places) and np.ptp(places) < FEWEST_PIXELS:
        raise DataError(shown(path), "punkti nav attēla pikseļos (fails ir normalizēts)",
                        "Vajag failu pirms normalizēšanas")
    confident = np.asarray(pose.body.confidence)[:, 0] > 0
    array, first, found = np.zeros((len(points), LANDMARKS, 3), np.float32), 0, set()
    scale = np.array([1 / size.width, 1 / size.height, 1])
    for component in pose.header.components:
        count, part = len(component.points), COMPONENTS.get(component.name)
        # Of a face with irises the first 468 points are the face; one with fewer points is left out.
        if part is not None and count >= (wanted := part.stop - part.start):
            here = slice(first, first + wanted)
            array[:, part] = points[:, here] * scale * confident[:, here, None].any(axis=1, keepdims=True)
            found.add(component.name)
        first += count
    if missing := [name for name in ("LEFT_HAND_LANDMARKS", "RIGHT_HAND_LANDMARKS") if name not in found]:
        raise DataError(shown(path), f"failā nav daļas {missing[0]}", NEEDED)
    return PoseFile(checked(array, path), float(pose.body.fps), size.width, size.height)


def write_pose(path: Path, content: PoseFile) -> None:
    """Writes a file, whole or not at all."""
    pose_format, holistic = _package()
    array, width, height, parts = content.landmarks, content.width, content.height, [*COMPONENTS.values()]
    points = (array * np.array([width, height, 1.0])).astype(np.float32)
    visible = np.concatenate([np.repeat(seen(array, part)[:, None], part.stop - part.start, axis=1) for part in parts],
                             axis=1)
    header = pose_format.pose_header.PoseHeader(
        pose_format.pose_header.VERSION, pose_format.pose_header.PoseHeaderDimensions(width, height, 0),
        holistic.holistic_components()[:len(parts)])
    body = pose_format.numpy.NumPyPoseBody(content.fps, points[:, None], visible[:, None].astype(np.float32))
    with written_whole(path) as temporary, open(temporary, "wb") as file:
        pose_format.Pose(header, body).write(file)


def require() -> None:
    """Raises DataError where pose-format is not installed."""
    _package()


def _opened(path: Path):
    pose_format, _ = _package()
    try:
        pose = pose_format.Pose.read(path.read_bytes())
    except Exception:  # a damaged file ends in as many ways as it has fields
        raise DataError(shown(path), "nav .pose fails vai ir bojāts", "Iegūstiet to vēlreiz") from None
    size = pose.header.dimensions
    if 0 in (*pose.body.data.shape[:3], pose.body.fps, size.width, size.height):
        raise DataError(shown(path), "failā nav kadru, to ātruma vai attēla izmēra", "Iegūstiet to vēlreiz")
    return pose


def _package():
    try:
        with quiet():  # it loads MediaPipe, and that TensorFlow
            import pose_format.numpy
            import pose_format.pose_header
            from pose_format.utils import holistic
    except ImportError:
        raise DataError("pose-format", ".pose failiem vajadzīgās pakotnes nav",
                        "Palaidiet: pip install -r requirements-pose.txt") from None
    return pose_format, holistic


def in_a_mirror(array: np.ndarray) -> np.ndarray:
    """What the same landmarks, (T, 543, 3), would be in a mirror."""
    turned = array.copy()
    turned[:, HANDS] = mirrored(array[:, HANDS].reshape(len(array), 2 * HAND_JOINTS, 3))
    turned[:, POSE] = array[:, POSE][:, MIRRORED_BODY]
    for part in (POSE, FACE):
        turned[:, part, 0] = np.where(seen(array, part)[:, None], 1 - turned[:, part, 0], 0)
    return turned
