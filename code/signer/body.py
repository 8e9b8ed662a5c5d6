"""The rest of the body as MediaPipe's pose sees it: shoulders, elbows and wrists that fit the hands, a still head.

Of the 33 pose landmarks those of arms, hands, head and hips are placed; legs are out of the picture and stay with the
hips. Source of the numbering: MediaPipe's Pose landmarks detection guide.
"""

import numpy as np

#: Upper arm and forearm in palm lengths, rounded from anthropometric tables (Drillis and Contini 1966).
UPPER_ARM, FOREARM = 3.0, 2.7
#: Palm lengths from the middle of the shoulders; left side, mirrored for the right one.
NOSE, EYE, EAR, MOUTH, HIP = (0, 2.3, 1.0), (0.35, 2.7, 0.7), (0.8, 2.5, 0), (0.3, 1.9, 0.8), (1.2, -5.5, 0)
MIRROR = np.array([-1, 1, 1])


def elbow(shoulder: np.ndarray, wrist: np.ndarray, side: float) -> np.ndarray:
    """Where the elbow is between a shoulder and a wrist (..., 3): below their line and a little outward.

    `side`: +1 for the signer's left arm, -1 for the right one.
    """
    way = wrist - shoulder
    length = np.linalg.norm(way, axis=-1, keepdims=True)
    reach = np.clip(length, 0.5, (UPPER_ARM + FOREARM) * 0.999)
    along = (UPPER_ARM ** 2 - FOREARM ** 2 + reach ** 2) / (2 * reach)
    aside = np.sqrt(np.maximum(UPPER_ARM ** 2 - along ** 2, 0))
    direction = way / np.maximum(length, 1e-6)
    down = np.broadcast_to(np.array([0.5 * side, -1.0, -0.3]), way.shape)
    across = down - direction * (down * direction).sum(-1, keepdims=True)
    return shoulder + direction * along + across / np.linalg.norm(across, axis=-1, keepdims=True) * aside


def pose_points(joints: np.ndarray, shoulder: float) -> np.ndarray:
    """The 33 pose landmarks (T, 33, 3) in the room for hands (T, 2, 21, 3), left and right, in the room."""
    points = np.zeros((len(joints), 33, 3), np.float32)
    points[:, 0] = NOSE
    for left, right, place in ((slice(1, 4), slice(4, 7), EYE), (7, 8, EAR), (9, 10, MOUTH),
                               (slice(23, 32, 2), slice(24, 33, 2), HIP), (11, 12, (shoulder, 0, 0))):
        points[:, left], points[:, right] = place, place * MIRROR
    for hand, side in ((0, 1), (1, -1)):
        wrist = joints[:, hand, 0]
        points[:, 13 + hand] = elbow(points[:, 11 + hand], wrist, side)
        points[:, [15 + hand, 17 + hand, 19 + hand, 21 + hand]] = joints[:, hand, [0, 17, 5, 2]]
    return points
