"""MediaPipe's errors on a hand, with figures that were measured (noise.json, made by `signer.fit_noise`).

The truth is the projection of the joints; what MediaPipe gives differs by a constant error of each joint, a slow drift,
jitter, a lag at speed and a flattened depth. It loses hands at the picture's edge and at speed, for single frames or
in bursts, and now and then reports a hand in the other hand's slot or in both.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from signer.motion import smoothed
from utils.files import read_json

#: Recordings differ in how noisy they are: the logarithm's deviation, from the real recordings.
STRENGTH_SPREAD = 0.5
FIGURES = Path(__file__).with_name("noise.json")


@dataclass(frozen=True)
class Noise:
    """Lengths in palm lengths of the picture: (3,) for x, y, z. Probabilities a frame."""

    bias: list[float]
    drift: list[float]
    jitter: list[float]
    depth: float  # MediaPipe's depth of a hand as a share of the true one
    depth_spread: float  # logarithm's deviation between recordings
    lag: float  # frames at 30 frames a second
    lost: float  # a frame of a slow hand in view
    lost_at_speed: float  # more for each palm length a frame
    burst: float  # share of losses that last
    burst_frames: float
    swapped: float  # a recording's chance of a stretch in the other slot
    doubled: float  # or in both slots


def load_noise(path: Path = FIGURES) -> Noise:
    """The measured figures."""
    return Noise(**read_json(path)["figures"])


def disturbed(points: np.ndarray, palm: float, noise: Noise, fps: float, rng: np.random.Generator) -> np.ndarray:
    """Points of one hand (T, 21, 3) in picture heights, z relative to the wrist, as MediaPipe would give them.

    `palm` is the palm's length in picture heights.
    """
    frames = len(points)
    strength = np.exp(rng.normal(0, STRENGTH_SPREAD))
    fixed = rng.normal(0, noise.bias, (21, 3))
    slow = smoothed(rng.normal(0, 1, (frames, 21, 3)), 6.0) * np.sqrt(6.0 * 2 * np.sqrt(np.pi))
    fast = rng.normal(0, 1, (frames, 21, 3))
    errors = strength * palm * (fixed + slow * noise.drift + fast * noise.jitter)
    seen = smoothed(points, noise.lag * fps / 30 * rng.uniform(0, 1.5))
    seen[..., 2] *= noise.depth * np.exp(rng.normal(0, noise.depth_spread))
    errors[:, 0, 2] = 0  # the wrist's depth is MediaPipe's zero
    return seen + errors


def losses(points: np.ndarray, palm: float, in_view: np.ndarray, noise: Noise, rng: np.random.Generator) -> np.ndarray:
    """bool (T,): frames in which MediaPipe does not find the hand whose points (T, 21, 3) are given."""
    frames = len(points)
    speed = np.linalg.norm(np.diff(points[:, 0, :2], axis=0, prepend=points[:1, 0, :2]), axis=-1) / palm
    strength = rng.exponential(1.0)
    lost = rng.random(frames) < strength * (noise.lost + noise.lost_at_speed * speed)
    for start in np.flatnonzero(lost & (rng.random(frames) < noise.burst)):
        lost[start:start + 1 + int(rng.exponential(noise.burst_frames))] = True
    return lost | ~in_view


def mixed_up(hands: np.ndarray, noise: Noise, rng: np.random.Generator) -> np.ndarray:
    """Hands (T, 2, 21, 3) with, sometimes, a stretch in which a hand is in the wrong slot or in both."""
    frames = len(hands)
    start = int(rng.integers(frames))
    stretch = slice(start, start + 1 + int(rng.exponential(noise.burst_frames)))
    if rng.random() < noise.swapped:
        hands[stretch] = hands[stretch, ::-1]
    elif rng.random() < noise.doubled:
        hands[stretch] = np.where(hands[stretch].any((2, 3), keepdims=True), hands[stretch], hands[stretch, ::-1])
    return hands
