"""The ways of a hand that is known by its joints alone: how it comes, forms a letter, holds it, moves on and goes.

The palm turns as a whole, and each finger moves with it in its own time; hands are (21, 3) or (T, 21, 3), right hands,
in palm lengths, x to the right, y down, z away from the viewer.
"""

import functools

import numpy as np

from ground.landmarks import HAND_JOINTS, KNUCKLES, WRIST
from signer.gestures import (
    PARTLY_FORMED,
    STANDS,
    THROUGH_ANOTHER,
    THROUGH_FORMING,
    THROUGH_STANDS,
    formed_fingers,
    hesitation,
    loose_shape,
    setting_out,
)
from signer.hand import form, turn_x, turn_y, turn_z
from signer.motion import along, minimum_jerk
from signer.noise import FINGER_OF_JOINT
from signer.people import draw_person

CARRIED = np.array([0.15, 0.2, 0.2])  # palm lengths by which a hand that holds a letter drifts in a second
TILTED = 6.0  # degrees, likewise
RATE = 30  # frames a second, as most of the recordings have
LOOSE_SHAPES = 1000
FORMING = (0.12, 1.6)  # seconds in which a hand that stood forms a letter
SIZES_SPREAD = 0.22  # of movements: the logarithm's deviation, as signers have it
SHAPED_COMING, HESITATES = 0.3, 0.5  # that it comes with the letter's shape; that it stands a moment before
ROOM_TO_PICTURE = np.array([1, -1, -1], np.float32)


def carried(part: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A held letter (T, 21, 3) as a living hand holds it: drifting and tilting a little."""
    seconds = min(len(part) / RATE, 2.5)
    progress = (np.linspace(0, 1, len(part)) ** rng.uniform(0.6, 1.6))[:, None, None]
    x, y, z = np.radians(rng.normal(0, TILTED, 3) * seconds)
    turning = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]]).T  # of so few degrees it is as good as the rotation
    from_wrist = part - part[:, [WRIST]]
    return part + progress * (from_wrist @ turning + rng.normal(0, CARRIED) * seconds)


def moved(part: np.ndarray, path: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A hand (T, 21, 3) that goes along a movement (13, 6) of an alphabet."""
    time = np.linspace(0, 1, len(part))
    steps = along(np.broadcast_to(path, (len(part), 1, *path.shape)), time)[:, 0]
    turn, tip, lean = np.radians(steps[:, 3:].T)
    # From the signer's room (y up, z to the viewer, the right hand's outside at the left) to the picture.
    turned = ROOM_TO_PICTURE[:, None] * (turn_z(-lean) @ turn_x(tip) @ turn_y(turn)) * ROOM_TO_PICTURE
    wrist = part[:, [WRIST]]
    return (part - wrist) @ np.swapaxes(turned, 1, 2) + wrist - np.exp(rng.normal(0, SIZES_SPREAD)) * steps[:, None, :3]


def way(here: np.ndarray, there: np.ndarray, frames: float, windows: np.ndarray | None = None) -> np.ndarray:
    """The frames (n, 21, 3) between two hands (21, 3): the palm turns, and each finger moves in its own time where
    `windows` (5, 2) say when it sets out and how long it takes."""
    count = max(round(frames), 1)
    part = np.linspace(0, 1, count + 2)[1:-1, None]
    done = minimum_jerk(part)[..., None]
    fingers = done[:, [0] * HAND_JOINTS] if windows is None else minimum_jerk(
        np.clip((part - windows[:, 0]) / windows[:, 1], 0, 1))[:, FINGER_OF_JOINT, None]
    first, last = _axes(here), _axes(there)
    shapes = [(hand - hand[WRIST]) @ axes for hand, axes in ((here, first), (there, last))]
    axes = _turned(first, last, done)
    shape = shapes[0] * (1 - fingers) + shapes[1] * fingers
    wrist = here[WRIST] * (1 - done) + there[WRIST] * done
    return shape @ np.swapaxes(axes, 1, 2) + wrist


def coming(letter: np.ndarray, rng: np.random.Generator, quick: float = 1.0,
           through: np.ndarray | None = None) -> list[np.ndarray]:
    """The pieces before a first letter (21, 3): the hand rises, stands a moment and forms it. `quick`: the share of
    the time that a hand takes which only has to go. `through`: a hand as which it may stand before."""
    if through is not None and rng.random() < THROUGH_ANOTHER:
        up = through - through[WRIST] + letter[WRIST] + rng.normal(0, [0.2, 0.25, 0.15])
        forming = way(up, letter, RATE * rng.uniform(*THROUGH_FORMING))
        return [_rising(up, rng), _standing(up, THROUGH_STANDS, rng), forming]
    if rng.random() < SHAPED_COMING:
        return [_rising(letter, rng)]
    up = loose(letter, rng) + rng.normal(0, [0.35, 0.45, 0.3])
    if rng.random() < PARTLY_FORMED:
        up = _partly(up, letter, rng)
    pieces = [_rising(up, rng)] if rng.random() < 0.85 else []
    if rng.random() < HESITATES:
        pieces.append(_standing(up, quick * STANDS, rng))
    return [*pieces, way(up, letter, quick * RATE * rng.uniform(*FORMING), setting_out(5, rng))]


def _standing(up: np.ndarray, mean: float, rng: np.random.Generator) -> np.ndarray:
    """A hand that stands for a moment (n, 21, 3)."""
    return carried(np.repeat(up[None], 1 + round(RATE * hesitation(mean, rng)), axis=0), rng)


def _rising(up: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The way (n, 21, 3) from below to a hand that is up: it turns upright, and its fingers come to be as there."""
    count = max(round(RATE * rng.uniform(0.15, 0.8)), 2)
    left = 1 - minimum_jerk(np.linspace(0, 1, count, endpoint=False))
    below = loose(up, rng)
    shape = up + (below - up) * left[:, None, None] - up[WRIST]
    lean, turn = np.radians([rng.choice([-1, 1]) * rng.uniform(20, 175), rng.normal(0, 40)])
    turned = turn_z(lean * left) @ turn_y(turn * left)
    below_it = np.array([rng.normal(0, 0.8), rng.uniform(1, 5), rng.normal(0, 0.5)]) * left[:, None]
    return shape @ np.swapaxes(turned, 1, 2) + up[WRIST] + below_it[:, None]


def _partly(up: np.ndarray, letter: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A hand (21, 3) of which some fingers are as the letter has them, and the others on their way."""
    formed = formed_fingers(rng)[FINGER_OF_JOINT, None]
    axes = _axes(up)
    shape, wanted = (up - up[WRIST]) @ axes, (letter - letter[WRIST]) @ _axes(letter)
    return (shape + (wanted - shape) * formed) @ axes.T + up[WRIST]


def loose(hand: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A hand (21, 3) that forms nothing, held nearly as another is."""
    shapes = _loose_shapes()
    lean, turn, tip = np.radians(rng.normal(0, [14, 26, 14])).astype(np.float32)
    axes = turn_z(lean) @ turn_y(turn) @ turn_x(tip) @ _axes(hand)
    return shapes[rng.integers(len(shapes))] @ axes.T + hand[WRIST]


@functools.lru_cache(maxsize=1)
def _loose_shapes() -> np.ndarray:
    """Hands (n, 21, 3) that form nothing, from the wrist, in the axes of their palms."""
    rng = np.random.default_rng(0)
    shapes = []
    for _ in range(LOOSE_SHAPES):
        person = draw_person(rng)
        joints = form(loose_shape(person, rng), person.build).joints * ROOM_TO_PICTURE
        shapes.append(joints @ _axes(joints))
    return np.array(shapes)


def _turned(first: np.ndarray, last: np.ndarray, done: np.ndarray) -> np.ndarray:
    """Axes (n, 3, 3) on the way from one to another: the nearest rotations to what lies between."""
    left, _, right = np.linalg.svd(first * (1 - done) + last * done)
    left[:, :, 2] *= np.linalg.det(left @ right)[:, None]
    return left @ right


def _axes(hand: np.ndarray) -> np.ndarray:
    """The palm's axes (3, 3) of a hand (21, 3), in columns: across, along, normal."""
    index, middle, _, little = hand[list(KNUCKLES)] - hand[WRIST]
    along = _unit(middle)
    normal = _cross(index, little)
    normal = _unit(normal - along * (normal @ along))
    return np.stack([_cross(along, normal), along, normal], axis=-1)


def _cross(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    (a, b, c), (d, e, f) = first.tolist(), second.tolist()  # NumPy's own takes ten times as long for two vectors
    return np.array([b * f - c * e, c * d - a * f, a * e - b * d])


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / max(float(vector @ vector) ** 0.5, 1e-6)
