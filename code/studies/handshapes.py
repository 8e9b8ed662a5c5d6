"""Single hands compared: which of an alphabet's signs a hand looks most like, by the generator's own examples."""

import dataclasses
from collections import Counter

import numpy as np

from ground.landmarks import HAND_JOINTS, WRIST, palm_lengths
from signer.alphabet import Alphabet
from signer.camera import draw_camera
from signer.noise import Noise
from signer.people import draw_person
from signer.practice import joints_in_room, landmarks, postures
from signer.signing import move

EXAMPLES = 40  # of each sign
NEIGHBOURS = 5
DEPTH_WEIGHT = 0.5  # MediaPipe's z is the least certain coordinate
#: Joints whose way to each other tells handshapes apart: neighbouring fingertips, and the thumb's tip to the fingers.
PAIRS = ((8, 12, 2.0), (12, 16, 1.5), (16, 20, 1.5),
         *((4, joint, 1.0) for joint in (8, 12, 6, 10, 14, 5, 9, 13, 17)))


def normalised(hands: np.ndarray) -> np.ndarray:
    """Right hands (n, 21, 3) in picture heights, y downward: from the wrist, in palm lengths."""
    hands = hands - hands[:, [WRIST]]
    return hands / palm_lengths(hands)[:, None, None]


def examples(alphabet: Alphabet, signs: list[str], noise: Noise, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Hands (n, 21, 3), normalised, and their signs (n,): each sign by people and cameras drawn at random."""
    rng = np.random.default_rng(seed)
    hands, names = [], []
    while len(hands) < EXAMPLES * len(signs):
        sign = signs[len(hands) % len(signs)]
        person = dataclasses.replace(draw_person(rng), left_handed=False)
        camera = dataclasses.replace(draw_camera(rng, person.home * [-1, 1, 1]), mirrored=False)
        motion = move([sign], alphabet, person, 30, rng, 30, framed=False)
        middle = len(motion.sign) // 2
        found = landmarks(joints_in_room(motion, person), postures(motion, person), camera, noise, rng)
        found = found[middle, HAND_JOINTS:]
        if found.any():
            aspect = camera.width / camera.height
            hands.append(found * [aspect, 1, aspect])
            names.append(sign)
    return normalised(np.array(hands)), np.array(names)


def nearest(hands: np.ndarray, known: np.ndarray, signs: np.ndarray) -> list[str]:
    """The sign that most of a hand's nearest examples show, for each of the normalised hands (n, 21, 3)."""
    described, examples_described = _described(hands), _described(known)
    named = []
    for hand in described:
        order = np.argsort(((hand - examples_described) ** 2).sum(axis=1))[:NEIGHBOURS]
        named.append(Counter(signs[order]).most_common(1)[0][0])
    return named


def _described(hands: np.ndarray) -> np.ndarray:
    points = hands * [1, 1, DEPTH_WEIGHT]
    ways = [weight * (points[:, one] - points[:, other]) for one, other, weight in PAIRS]
    return np.concatenate([points.reshape(len(points), -1), *ways], axis=1)
