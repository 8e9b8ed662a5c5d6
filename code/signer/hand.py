"""The hand: joint angles to MediaPipe's 21 joints, by forward kinematics.

The hand's own frame is that of a right hand held up with the palm to the viewer: x to the thumb's side, y to the
fingers, z out of the palm. The wrist is the origin and the unit is the palm's length, wrist to the middle knuckle.
A left hand is the mirror image in x. The numbering of joints is MediaPipe's (Hand landmarks detection guide,
ai.google.dev/edge/mediapipe/solutions/vision/hand_landmarker); the joints and their usual ranges are those of any
textbook of anatomy (flexion of knuckle and finger joints, spread at the knuckle, the thumb's saddle joint).
"""

from dataclasses import dataclass

import numpy as np

FINGERS = ("thumb", "index", "middle", "ring", "little")

#: Every angle of one hand and its range in degrees, in the order of the last axis of an array of angles.
#: spread: at the knuckle, positive towards the thumb. mcp, pip, dip, ip: flexion towards the palm.
#: thumb.out: in the plane of the palm, away from the index finger; thumb.forward: out of that plane, before the palm;
#: thumb.turn: how far the thumb's pad faces the palm (90) instead of the side of the index finger (0).
RANGES = {
    "thumb.out": (-30, 80), "thumb.forward": (-20, 80), "thumb.turn": (-30, 130),
    "thumb.mcp": (-20, 70), "thumb.ip": (-30, 90),
    **{f"{finger}.{joint}": limits for finger in FINGERS[1:]
       for joint, limits in {"spread": (-35, 35), "mcp": (-30, 100), "pip": (-10, 120), "dip": (-15, 90)}.items()},
}
ANGLES = tuple(RANGES)


@dataclass(frozen=True)
class HandBuild:
    """One person's hand, in palm lengths; every array may carry leading axes (one build a frame).

    base (..., 5, 3): the thumb's saddle joint and the four knuckles. bones (..., 5, 3): the three bones of each finger.
    fan (..., 4): degrees by which index to little finger point towards the thumb when they are straight and together.
    """

    base: np.ndarray
    bones: np.ndarray
    fan: np.ndarray


#: Rounded proportions of an adult's hand; people differ by about a tenth (`signer.people`).
USUAL_BUILD = HandBuild(
    base=np.array([[0.34, 0.21, 0.1], [0.27, 0.96, 0], [0.05, 1, 0], [-0.15, 0.93, 0], [-0.32, 0.82, 0.03]]),
    bones=np.array([[0.43, 0.35, 0.29], [0.45, 0.27, 0.22], [0.49, 0.31, 0.24], [0.45, 0.29, 0.24],
                    [0.36, 0.22, 0.21]]),
    fan=np.array([2.0, 0.0, -3.0, -6.0]),
)


@dataclass(frozen=True)
class HandForm:
    """joints (..., 21, 3): MediaPipe's joints in the hand's frame. bones (..., 16, 3, 3): the frame of the palm, then
    of the three bones of each finger, thumb first; column y runs along the bone, flexion turns about column x."""

    joints: np.ndarray
    bones: np.ndarray


def turn_x(angle: np.ndarray) -> np.ndarray:
    """Rotations about x by angles in radians (...,): (..., 3, 3)."""
    return _rotation(angle, (1, 2), 0)


def turn_y(angle: np.ndarray) -> np.ndarray:
    """Rotations about y by angles in radians (...,): (..., 3, 3)."""
    return _rotation(angle, (2, 0), 1)


def turn_z(angle: np.ndarray) -> np.ndarray:
    """Rotations about z by angles in radians (...,): (..., 3, 3)."""
    return _rotation(angle, (0, 1), 2)


def _rotation(angle: np.ndarray, plane: tuple[int, int], axis: int) -> np.ndarray:
    a, b = plane
    turned = np.zeros((*np.shape(angle), 3, 3), np.float32)
    turned[..., a, a] = turned[..., b, b] = np.cos(angle)
    turned[..., b, a] = np.sin(angle)
    turned[..., a, b] = -turned[..., b, a]
    turned[..., axis, axis] = 1
    return turned


def form(angles: np.ndarray, build: HandBuild = USUAL_BUILD) -> HandForm:
    """The hand that joint angles (..., 21) in degrees make (order: ANGLES)."""
    radians = np.radians(angles.astype(np.float32))
    spread, mcp, pip, dip = np.moveaxis(radians[..., 5:].reshape(*angles.shape[:-1], 4, 4), -1, 0)
    # A folded finger cannot spread: the side ligaments are taut.
    sideways = (spread + np.radians(build.fan)) * np.cos(np.clip(mcp, 0, np.pi / 2))
    proximal = turn_z(-sideways) @ turn_x(mcp)
    middle = proximal @ turn_x(pip)
    fingers = np.stack([proximal, middle, middle @ turn_x(dip)], -3)
    bones = np.concatenate([_thumb(radians[..., :5])[..., None, :, :, :], fingers], -4)

    segments = bones[..., :, 1] * build.bones[..., None].astype(np.float32)
    ends = np.asarray(build.base, np.float32)[..., None, :] + np.cumsum(segments, -2)
    starts = np.broadcast_to(np.asarray(build.base, np.float32), (*ends.shape[:-2], 3))[..., None, :]
    chains = np.concatenate([starts, ends], -2).reshape(*angles.shape[:-1], 20, 3)
    wrist = np.zeros((*angles.shape[:-1], 1, 3), np.float32)
    palm = np.broadcast_to(np.eye(3, dtype=np.float32), (*angles.shape[:-1], 1, 3, 3))
    return HandForm(np.concatenate([wrist, chains], -2),
                    np.concatenate([palm, bones.reshape(*angles.shape[:-1], 15, 3, 3)], -3))


def _thumb(radians: np.ndarray) -> np.ndarray:
    """Frames of the thumb's three bones (..., 3, 3, 3)."""
    out, forward, turn, mcp, ip = np.moveaxis(radians, -1, 0)
    # At turn 0 the thumb flexes in the plane of the palm: its hinge, column x, is the normal of the palm.
    metacarpal = turn_z(-out) @ turn_x(forward) @ turn_y(-np.pi / 2 - turn)
    proximal = metacarpal @ turn_x(mcp)
    return np.stack([metacarpal, proximal, proximal @ turn_x(ip)], -3)
