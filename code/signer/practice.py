"""Practice recordings: a phrase, a signer and a camera drawn at random, to landmarks like MediaPipe's.

And recordings in which nothing is signed: whoever only practises on signing reads signs in every movement.
"""

from dataclasses import dataclass, replace

import numpy as np

from ground.landmarks import HANDS, LANDMARKS, POSE, mirrored
from signer.alphabet import Alphabet
from signer.body import MIRROR, pose_points
from signer.camera import Camera, draw_camera
from signer.gestures import idle_keys, with_other_hand
from signer.hand import USUAL_BUILD, form
from signer.motion import ANGLE, TURN, Motion, placed, sampled
from signer.noise import NO_DEPTH, Noise, disturbed, losses, mixed_up
from signer.people import AS_DESCRIBED, Person, draw_person
from signer.signing import move

#: A sign shown by itself is held as long as someone who explains it holds it.
FRAMES_ALONE = (8, 130)
#: Share of the phrases that are spelled so fast, or filmed so slowly, that a sign has so many frames.
FAST, FRAMES_FAST = 0.25, (4, 8)
#: Share of recordings in which the hand comes and goes; the others are cut to the signing.
FRAMED = 0.75
FARTHEST_BODY = 5.0  # picture widths and heights
#: Seconds of a recording in which nothing is signed.
NOTHING = (0.7, 7.0)
#: Chance that a recording begins with a glimpse of what was before: so many frames of a sign, and so many of nothing.
GLIMPSED, GLIMPSE, GAP = 0.1, (1, 3), (2, 9)


@dataclass(frozen=True)
class Practice:
    """A generated recording: hands float32 (T, 42, 3) as in a record, and what is true of it."""

    phrase: list[str]
    hands: np.ndarray
    camera: Camera
    person: Person
    motion: Motion
    joints: np.ndarray  # (T, 2, 21, 3): left and right hand in the room


def practise(phrase: list[str], alphabet: Alphabet, noise: Noise, rng: np.random.Generator,
             person: Person | None = None, camera: Camera | None = None) -> Practice:
    """One recording of a phrase by a signer and a camera drawn at random, unless given."""
    person = person or draw_person(rng)
    camera = camera or draw_camera(rng, room_side(person.home * [-1, 1, 1], person))
    pace = None
    if len(phrase) == 1:
        pace = float(np.exp(rng.uniform(*np.log(FRAMES_ALONE))))
    elif rng.random() < FAST:
        pace = rng.uniform(*FRAMES_FAST)
    motion = move(phrase, alphabet, person, camera.fps, rng, pace, framed=rng.random() < FRAMED, alive=True)
    return _filmed(phrase, motion, person, camera, noise, rng)


def practise_nothing(noise: Noise, rng: np.random.Generator) -> Practice:
    """A recording in which hands rest, gesture and scratch: no sign is in it."""
    person = draw_person(rng)
    camera = draw_camera(rng, room_side(person.home * [-1, 1, 1], person))
    keys = idle_keys(person, camera.fps, rng.uniform(*NOTHING), rng)
    motion = with_other_hand(sampled(keys, person, camera.fps, rng), person, camera.fps, rng)
    return _filmed([], motion, person, camera, noise, rng)


def demonstrate(phrase: list[str], alphabet: Alphabet) -> Practice:
    """A phrase as the alphabet describes it: a usual person, slow, before a camera without errors."""
    rng = np.random.default_rng(0)
    person = replace(draw_person(rng), build=USUAL_BUILD, left_handed=False, tempo=1.5, ways=AS_DESCRIBED,
                     habit=np.zeros(21), reach=np.ones(21), posture=np.zeros(3), care=0.0, size=1.0,
                     home=np.array([2.1, -0.7, 2.6]))
    camera = Camera()
    motion = move(phrase, alphabet, person, camera.fps, rng)
    joints = joints_in_room(motion, person)
    hands = camera.project(joints).reshape(-1, 42, 3)
    return Practice(phrase, hands, camera, person, motion, joints)


def _filmed(phrase: list[str], motion: Motion, person: Person, camera: Camera, noise: Noise,
            rng: np.random.Generator) -> Practice:
    joints = joints_in_room(motion, person)
    hands = landmarks(joints, postures(motion, person), camera, noise, rng)
    if rng.random() < GLIMPSED:
        hands = _after_a_glimpse(hands, motion.sign, rng)
    return Practice(phrase, hands, camera, person, motion, joints)


def _after_a_glimpse(hands: np.ndarray, sign: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The recording begins with a frame or two of a sign of the take before; then the hand is away."""
    shown, away = int(rng.integers(*GLIMPSE)), int(rng.integers(*GAP))
    held = np.flatnonzero(sign >= 0)
    if len(held) <= shown or held[0] <= shown + away:
        return hands
    start = int(rng.integers(len(held) - shown))
    hands = hands.copy()
    hands[:shown], hands[shown:shown + away] = hands[held[start:start + shown]], 0
    return hands


def room_side(points: np.ndarray, person: Person) -> np.ndarray:
    """Points of a right-handed signer's room for this signer."""
    return points * MIRROR if person.left_handed else points


def joints_in_room(motion: Motion, person: Person) -> np.ndarray:
    """Joints (T, 2, 21, 3) of the left and the right hand, in the room."""
    wrists, turned = placed(motion)
    shapes = form(motion.hands[..., ANGLE], person.build).joints
    sides = _sides(shapes @ np.swapaxes(turned, -1, -2) + wrists[:, :, None], person)
    sides[:, 0] *= MIRROR  # everything was formed as a right hand
    return sides


def bones_in_room(motion: Motion, person: Person) -> np.ndarray:
    """Frames (T, 2, 16, 3, 3) of the palm and the 15 finger bones of the left and the right hand, in the room."""
    _, turned = placed(motion)
    sides = _sides(turned[:, :, None] @ form(motion.hands[..., ANGLE], person.build).bones, person)
    mirror = np.diag(MIRROR).astype(np.float32)
    sides[:, 0] = mirror @ sides[:, 0] @ mirror
    return sides


def _sides(hands: np.ndarray, person: Person) -> np.ndarray:
    """Hands (T, 2, ...), the signing one first, as left and right."""
    return hands.copy() if person.left_handed else hands[:, ::-1].copy()


def postures(motion: Motion, person: Person) -> np.ndarray:
    """Angles, turn, tip and lean (T, 2, 24) of the left and the right hand, in degrees."""
    return _sides(motion.hands[..., :TURN.stop], person)


def landmarks(joints: np.ndarray, posture: np.ndarray, camera: Camera, noise: Noise,
              rng: np.random.Generator) -> np.ndarray:
    """Joints (T, 2, 21, 3) in the room and postures (T, 2, 24) -> float32 (T, 42, 3): what MediaPipe would give for
    the camera's picture."""
    aspect = camera.width / camera.height
    straight = replace(camera, mirrored=False)
    found = np.zeros((len(joints), 2, 21, 3), np.float32)
    for side in range(2):
        points = straight.project(joints[:, side]) * np.array([aspect, 1, aspect], np.float32)
        points[..., 2] -= points[:, :1, 2]
        in_view = _in_view(points, aspect)
        if not in_view.any():
            continue
        lost = losses(points, camera.palm(), in_view, noise, rng)
        as_right = np.array([1, 1, 1] if side else MIRROR, np.float32)
        seen = disturbed(points * as_right, posture[:, side], camera.palm(), noise, rng) * as_right
        found[:, side] = np.where(lost[:, None, None], 0, seen / [aspect, 1, aspect])
    hands = mixed_up(found, noise, rng).reshape(-1, 42, 3)
    if rng.random() < NO_DEPTH:
        hands[..., 2] = 0
    return mirrored(hands) if camera.mirrored else hands


def _in_view(points: np.ndarray, aspect: float) -> np.ndarray:
    """bool (T,): most of the hand's points (T, 21, 3), in picture heights, lie in the picture."""
    inside = (points[..., 0] > 0) & (points[..., 0] < aspect) & (points[..., 1] > 0) & (points[..., 1] < 1)
    return inside.mean(1) > 0.7


def whole_array(recording: Practice) -> np.ndarray:
    """The recording as extraction would write it: float32 (T, 543, 3) with pose and hands; the face is not made."""
    array = np.zeros((len(recording.hands), LANDMARKS, 3), np.float32)
    array[:, POSE] = recording.camera.project(pose_points(recording.joints, recording.person.shoulder))
    array[:, POSE, 2] -= array[:, 23:25, 2].mean(axis=1, keepdims=True)  # MediaPipe's zero: the middle of the hips
    array[:, POSE] = np.clip(array[:, POSE], -FARTHEST_BODY, FARTHEST_BODY)  # what is beside the lens is anywhere
    array[:, HANDS] = recording.hands
    return array
