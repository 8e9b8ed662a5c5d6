"""Practice recordings: a phrase, a signer and a camera drawn at random, to landmarks like MediaPipe's."""

from dataclasses import dataclass, replace

import numpy as np

from ground.landmarks import HANDS, LANDMARKS, POSE, mirrored
from signer.alphabet import Alphabet
from signer.body import MIRROR, pose_points
from signer.camera import Camera, draw_camera
from signer.hand import USUAL_BUILD, form
from signer.motion import ANGLE, TURN, Motion, move, placed
from signer.noise import Noise, disturbed, losses, mixed_up
from signer.people import Person, draw_person

#: A sign shown by itself is held as long as someone who explains it holds it.
FRAMES_ALONE = (12, 130)
#: Share of recordings in which the hand rises and returns; the others are cut to the signing.
FRAMED, FRAMED_ALONE = 0.75, 0.4


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
    alone = len(phrase) == 1
    motion = move(phrase, alphabet, person, camera.fps, rng, rng.uniform(*FRAMES_ALONE) if alone else None,
                  framed=rng.random() < (FRAMED_ALONE if alone else FRAMED))
    joints = joints_in_room(motion, person)
    return Practice(phrase, landmarks(joints, postures(motion, person), camera, noise, rng), camera, person, motion,
                    joints)


def demonstrate(phrase: list[str], alphabet: Alphabet) -> Practice:
    """A phrase as the alphabet describes it: a usual person, slow, before a camera without errors."""
    rng = np.random.default_rng(0)
    person = replace(draw_person(rng), build=USUAL_BUILD, left_handed=False, tempo=1.5, habit=np.zeros(21),
                     reach=np.ones(21), posture=np.zeros(3), care=0.0, size=1.0, home=np.array([2.1, -0.7, 2.6]))
    camera = Camera()
    motion = move(phrase, alphabet, person, camera.fps, rng)
    joints = joints_in_room(motion, person)
    hands = camera.project(joints).reshape(-1, 42, 3)
    return Practice(phrase, hands, camera, person, motion, joints)


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
    array[:, HANDS] = recording.hands
    return array
