"""MediaPipe's errors on a hand, with figures that were measured (noise.json, made by `studies.fit_noise`).

The truth is the projection of the joints; what MediaPipe gives differs by an error that the view explains
(`signer.view_error`), by one that depends on the hand's posture but differs between recordings (a still hand is
misjudged steadily, a moving one in changing ways), now and then a gross error for some frames, a little drift and
jitter, and another depth. It loses hands at the picture's edge and at speed, for single frames or in
bursts, and now and then reports a hand in the other hand's slot or in both. A few frames long it can take a hand for
one seen from the edge; in poor light it loses up to half of the frames; some corpora have no depth.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ground.files import read_json
from signer.hand import turn_z
from signer.motion import smoothed
from signer.view_error import load_view_error

#: Recordings differ in how noisy they are: the logarithm's deviation, from the real recordings.
STRENGTH_SPREAD = 0.35
#: And in how much of the view's error they show: real hands are not drawn ones.
VIEW_SPREAD = 0.3
#: Postures are told apart by so many directions at random; 22 degrees are one unit.
DIRECTIONS, UNIT = 10, 22.0
#: How much of an error is the whole hand's, its finger's (more towards the tip) and the joint's own: measured
#: correlations are 0.4 from wrist to knuckle, 0.5 from tip to tip, 0.9 within a finger.
HAND_SHARE, FINGER_SHARE, OWN_SHARE = 0.5, 0.7, 0.3
ALONG_FINGER = np.r_[0.3, np.tile([0.45, 0.8, 1.0, 1.2], 5)][:, None]
FINGER_OF_JOINT = np.r_[0, np.repeat(np.arange(5), 4)]
#: What was seen on people's recordings and not on drawn ones: the chance that a recording has frames in which the hand
#: is taken for one seen from its edge, how many such stretches, how many frames each, how narrow it then is.
MISTAKEN, MISTAKES, MISTAKEN_FRAMES, NARROW = 0.2, (1, 4), 2.0, (0.1, 0.5)
#: The chance of a poor recording, the share of frames that it loses and how many at a time; of one without depth.
POOR, POOR_LOST, POOR_FRAMES, NO_DEPTH = 0.22, (0.1, 0.5), 3.0, 0.1
FIGURES = Path(__file__).with_name("noise.json")


@dataclass(frozen=True)
class Noise:
    """Lengths in palm lengths of the picture: (3,) for x, y, z. Probabilities a frame."""

    posture: list[float]  # the part that changes with the posture
    bias: list[float]  # the part that stays
    drift: list[float]
    jitter: list[float]
    gross: float  # share of frames with a gross error
    gross_frames: float  # that it lasts
    gross_size: float  # palm lengths
    depth: float  # MediaPipe's depth of a hand as a share of the true one
    depth_spread: float  # logarithm's deviation between recordings
    lost: float  # a frame of a slow hand in view
    lost_at_speed: float  # more for each palm length a frame
    burst: float  # share of losses that last
    burst_frames: float
    swapped: float  # a recording's chance of a stretch in the other slot
    doubled: float  # or in both slots


def load_noise(path: Path = FIGURES) -> Noise:
    """The measured figures."""
    return Noise(**read_json(path)["figures"])


def disturbed(points: np.ndarray, posture: np.ndarray, palm: float, noise: Noise,
              rng: np.random.Generator) -> np.ndarray:
    """Points of a right hand (T, 21, 3) in picture heights, z relative to the wrist, as MediaPipe would give them.

    `posture` (T, 24): the hand's angles, turn, tip and lean in degrees. `palm`: the palm's length in picture heights.
    """
    frames = len(points)
    strength = np.exp(rng.normal(0, STRENGTH_SPREAD))
    slow = smoothed(rng.normal(0, 1, (frames, 21, 3)), 6.0) * np.sqrt(6.0 * 2 * np.sqrt(np.pi))
    errors = strength * (_by_posture(posture, rng) * noise.posture + rng.normal(0, noise.bias, (21, 3))
                         + slow * noise.drift + rng.normal(0, 1, (frames, 21, 3)) * noise.jitter)
    gross = _runs(rng.random(frames) < noise.gross / noise.gross_frames, noise.gross_frames, rng)
    if gross.any():
        size = smoothed(gross.astype(float), 1.0)[:, None, None] * noise.gross_size * [1, 1, 2]
        errors = errors + size * _by_posture(posture, rng)
    errors += load_view_error().of(points / palm) * max(rng.normal(1, VIEW_SPREAD), 0)
    errors[:, 0, 2] = 0  # the wrist's depth is MediaPipe's zero
    seen = points + palm * errors
    seen[..., 2] *= noise.depth * np.exp(rng.normal(0, noise.depth_spread))
    return mistaken(seen, rng)


def mistaken(hand: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A hand (T, 21, 3) that is, now and then, taken for one seen from its edge for some frames."""
    if rng.random() >= MISTAKEN:
        return hand
    starts = np.zeros(len(hand), bool)
    starts[rng.integers(len(hand), size=rng.integers(*MISTAKES))] = True
    wrong = np.flatnonzero(_runs(starts, MISTAKEN_FRAMES, rng))
    changed = hand.copy()
    turned = turn_z(rng.normal(0, 0.3)) @ np.diag([rng.uniform(*NARROW), 1, 1]).astype(np.float32)
    wrist = hand[wrong, :1]
    changed[wrong] = (hand[wrong] - wrist) @ turned.T + wrist
    return changed


def _by_posture(posture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Errors (T, 21, 3) of deviation about 1 that are a smooth function of the posture, another in every recording."""
    directions = rng.normal(0, 1 / np.sqrt(posture.shape[1] / 4), (posture.shape[1], DIRECTIONS))
    features = np.sin(posture / UNIT @ directions + rng.uniform(0, 2 * np.pi, DIRECTIONS)) * np.sqrt(2 / DIRECTIONS)
    hand = rng.normal(0, HAND_SHARE, (DIRECTIONS, 1, 3))
    finger = rng.normal(0, FINGER_SHARE, (DIRECTIONS, 5, 3))[:, FINGER_OF_JOINT] * ALONG_FINGER
    weights = hand + finger + rng.normal(0, OWN_SHARE, (DIRECTIONS, 21, 3))
    return (features @ weights.reshape(DIRECTIONS, -1)).reshape(-1, 21, 3)


def _runs(starts: np.ndarray, frames: float, rng: np.random.Generator) -> np.ndarray:
    """bool (T,): from each start on, for about so many frames."""
    marked = starts.copy()
    for start in np.flatnonzero(starts):
        marked[start:start + 1 + int(rng.exponential(frames))] = True
    return marked


def losses(points: np.ndarray, palm: float, in_view: np.ndarray, noise: Noise, rng: np.random.Generator) -> np.ndarray:
    """bool (T,): frames in which MediaPipe does not find the hand whose points (T, 21, 3) are given."""
    frames = len(points)
    speed = np.linalg.norm(np.diff(points[:, 0, :2], axis=0, prepend=points[:1, 0, :2]), axis=-1) / palm
    strength = rng.exponential(1.0)
    lost = rng.random(frames) < strength * (noise.lost + noise.lost_at_speed * speed)
    lost |= _runs(lost & (rng.random(frames) < noise.burst), noise.burst_frames, rng)
    if rng.random() < POOR:
        lost |= poorly_seen(frames, rng)
    return lost | ~in_view


def poorly_seen(frames: int, rng: np.random.Generator) -> np.ndarray:
    """bool (T,): frames that a poor recording loses, in runs."""
    share = rng.uniform(*POOR_LOST)
    lost = np.zeros(frames, bool)
    while lost.mean() < share:
        lost |= _runs(np.arange(frames) == rng.integers(frames), POOR_FRAMES, rng)
    return lost


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
