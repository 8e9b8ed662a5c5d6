"""The camera: points of the room to MediaPipe's fractions of the picture.

The room's origin is the middle of the signer's shoulders; X runs to the viewer's right (the signer's left), Y up, Z to
the viewer; the unit is the signer's palm length. A pinhole camera looks at one point of the room.
"""

from dataclasses import dataclass, replace

import numpy as np

from signer.hand import turn_x, turn_y, turn_z


@dataclass(frozen=True)
class Camera:
    """Where the camera stands and what it writes. Angles in degrees, lengths in palms.

    yaw: moved to the signer's left; pitch: raised, looking down; roll: tilted, the room turning to the left.
    field: vertical field of view; distance: to `target`; mirrored: a selfie picture, left and right exchanged.
    """

    width: int = 640
    height: int = 480
    fps: float = 30.0
    field: float = 45.0
    distance: float = 14.0
    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    target: tuple[float, float, float] = (0.0, -0.5, 0.0)
    mirrored: bool = False

    def turned(self) -> np.ndarray:
        """The rotation (3, 3) from the room's axes to the camera's: right, up, towards the camera."""
        yaw, pitch, roll = np.radians([self.yaw, self.pitch, self.roll])
        return turn_z(roll) @ turn_x(pitch) @ turn_y(-yaw)

    def palm(self) -> float:
        """A palm's length at the target, in picture heights."""
        return 0.5 / np.tan(np.radians(self.field) / 2) / self.distance

    def seen(self, points: np.ndarray) -> np.ndarray:
        """Points of the room (..., 3) in the camera's axes, the camera being the origin (in front: z below 0)."""
        return (points - np.asarray(self.target, np.float32)) @ self.turned().T - np.array([0, 0, self.distance])

    def project(self, points: np.ndarray) -> np.ndarray:
        """Points of the room (..., 3) as MediaPipe gives them: x and y fractions of width and height from the upper
        left corner; z on x's scale, smaller nearer to the camera, still without its part's own zero."""
        seen = self.seen(points)
        focal = self.palm() * self.distance  # picture heights
        aspect = self.width / self.height
        depth = -seen[..., 2]
        x = 0.5 + focal * seen[..., 0] / depth / aspect
        y = 0.5 - focal * seen[..., 1] / depth
        z = focal * depth / self.distance / aspect
        return np.stack([1 - x if self.mirrored else x, y, z], -1).astype(np.float32)


#: Pictures that phones and laptops write; of more frames a second every second one is read.
SIZES = ((640, 480), (1280, 720), (1920, 1080), (720, 1280), (1080, 1920), (480, 640), (960, 540), (1080, 1080))
RATES = (10.0, 15.0, 20.0, 24.0, 25.0, 29.97, 30.0, 30.0, 30.0)


def draw_camera(rng: np.random.Generator, hand: np.ndarray) -> Camera:
    """A camera drawn at random that has a hand at `hand` (3,), in the room, in its picture."""
    width, height = SIZES[rng.integers(len(SIZES))]
    field = rng.uniform(28, 70)
    palm = np.exp(rng.uniform(np.log(0.05), np.log(0.3)))  # the palm's length as a share of the picture's height
    distance = max(0.5 / np.tan(np.radians(field) / 2) / palm, 5.0)
    steep = 1.0 if rng.random() < 0.8 else 2.0
    yaw, pitch, roll = np.clip(rng.normal(0, [14 * steep, 8, 4]), [-60, -25, -12], [60, 25, 12])
    camera = Camera(width, height, RATES[rng.integers(len(RATES))], field, distance, yaw, pitch, roll,
                    mirrored=bool(rng.random() < 0.2))
    room = distance * np.tan(np.radians(field) / 2) * np.array([width / height, 1, 0])
    aside = rng.uniform(-0.5, 0.5, 3) * np.maximum(room - 1.5, 0)
    return replace(camera, target=tuple(hand + np.array([0, 0.6, 0]) - aside @ camera.turned()))
