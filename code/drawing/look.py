"""How a signer looks: colours, hair and clothes, painted in numpy on MakeHuman's texture atlas.

Everything is placed by coordinates of the unmorphed mesh in decimetres (`Figure.template`), where every body's face and
hands are in one place: eyes at y 7.3, chin 6.2, wrists at x +-4.3.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from drawing.makehuman import EYES, HAIR, load_mesh, texture_mask

Colour = tuple[float, float, float]  # sRGB, 0 to 1


@dataclass(frozen=True)
class Look:
    """A person's colours, the light and the room.

    hair_style: bald, short or long; sleeves: none, short or long; pattern: plain, stripes or checks; light: the
    direction to the lamp in the room; strength and ambient: of lamp and of the light from everywhere; room: a kind of
    `drawing.rooms`; noise: the sensor's, in grey levels; exposure: a factor.
    """

    skin: Colour = (0.82, 0.62, 0.51)
    hair: Colour = (0.22, 0.15, 0.1)
    hair_style: str = "short"
    beard: float = 0.0
    top: Colour = (0.2, 0.25, 0.38)
    sleeves: str = "long"
    pattern: str = "plain"
    light: tuple[float, float, float] = (0.5, 0.8, 1.0)
    light_colour: Colour = (1.0, 0.97, 0.92)
    strength: float = 0.9
    ambient: float = 0.45
    room: str = "wall"
    seed: int = 0
    noise: float = 2.0
    exposure: float = 1.0


#: Where hair begins on the template: height against depth, from the nape to the forehead.
HAIRLINE = ((-0.8, -0.2, 0.25, 0.5, 0.75, 1.1, 1.5), (6.3, 6.45, 6.9, 7.35, 7.6, 7.95, 8.05))
#: How much of an arm, shoulder 0, elbow 1, wrist 2, a sleeve covers.
SLEEVES = {"none": -0.05, "short": 0.55, "long": 1.88}
SIZE = 2048


def painted(look: Look, places: np.ndarray, normals: np.ndarray, part: np.ndarray) -> np.ndarray:
    """The texture, uint8 (SIZE, SIZE, 4), top row first: sRGB and how much of it is skin.

    places, normals (SIZE, SIZE, 3): each texel on the template; part (SIZE, SIZE): SKIN, EYES, or -1 where nothing is.
    """
    rng = np.random.default_rng(look.seed)
    inside = part >= 0
    point, normal = places[inside], normals[inside]
    masks = {name: texture_mask(name)[inside] / np.float32(255) for name in ("lips", "eyelids", "fingernails", "face")}
    grain = _grain(rng, SIZE)[inside]
    skin = _skin(look, point, normal, masks, grain)
    cloth = clothed(look, point)
    colours = _mixed(skin, _cloth(look, point, grain), cloth)
    eyes = part[inside] == EYES
    colours[eyes] = _eyes(point[eyes])
    texture = np.zeros((SIZE, SIZE, 4), np.uint8)
    texture[inside, :3] = np.clip(colours, 0, 1) * 255
    texture[inside, 3] = np.where(eyes, 128, 255 * (1 - np.maximum(cloth, haired(look, point))))
    spread = cv2.dilate(texture, np.ones((5, 5), np.uint8), iterations=2)
    return np.where(inside[..., None], texture, spread)


def thickness(look: Look, template: np.ndarray, part: np.ndarray) -> np.ndarray:
    """How far cloth and hair stand off the body at each vertex (V,), palm lengths."""
    standing = 0.05 * clothed(look, template) + 0.12 * haired(look, template)
    return np.where(part == EYES, 0, np.where(part == HAIR, 0.03, standing)).astype(np.float32)


def clothed(look: Look, point: np.ndarray) -> np.ndarray:
    """0 to 1: whether cloth covers points (N, 3) of the template."""
    x, y, z = np.abs(point[:, 0]), point[:, 1], point[:, 2]
    collar = 5.82 - 0.3 * np.clip(z - 0.1, 0, 1) - 0.12 * np.clip(x - 0.5, 0, 1)
    trunk = np.where(x > 0.8, 1, np.clip((collar - y) / 0.06, 0, 1)) * (y > -7.0) * (y < 6.0)
    sleeve = np.clip((SLEEVES[look.sleeves] - _along_arm(point)) / 0.02, 0, 1)
    return np.minimum(trunk, sleeve).astype(np.float32)


def haired(look: Look, point: np.ndarray) -> np.ndarray:
    """0 to 1: whether hair covers points (N, 3) of the template."""
    if look.hair_style == "bald":
        return np.zeros(len(point), np.float32)
    line = np.interp(point[:, 2], *HAIRLINE)
    ear = (np.abs(point[:, 0]) > 0.68) & (point[:, 1] < 7.5) & (point[:, 2] > 0.1)
    return np.clip((point[:, 1] - line) / 0.12, 0, 1).astype(np.float32) * ~ear


def _joint(name: str) -> np.ndarray:
    """A joint of the template's right side."""
    return load_mesh().points[load_mesh().joints[f"r-{name}"]].mean(0)


def _right(vectors: np.ndarray, point: np.ndarray) -> np.ndarray:
    """Vectors at points of the left half mirrored onto the right half of the body."""
    return vectors * np.where(point[:, :1] > 0, (-1, 1, 1), (1, 1, 1))


def _along_arm(point: np.ndarray) -> np.ndarray:
    """Shoulder 0, elbow 1, wrist 2, fingers up to 3; -1 on the trunk."""
    right = _right(point, point)
    shoulder, elbow, wrist = (_joint(name) for name in ("shoulder", "elbow", "hand"))
    upper = (right - shoulder) @ (elbow - shoulder) / np.sum((elbow - shoulder) ** 2)
    fore = (right - elbow) @ (wrist - elbow) / np.sum((wrist - elbow) ** 2)
    along = np.where(fore > 0, 1 + fore, np.minimum(upper, 1))
    beside = (right[:, 0] < -1.45) & (point[:, 1] > 4.2 + 1.5 * (right[:, 0] + 1.45))
    return np.where(beside, along, -1)


def _skin(look: Look, point: np.ndarray, normal: np.ndarray, masks: dict, grain: np.ndarray) -> np.ndarray:
    base = np.array(look.skin, np.float32)
    colours = base * (1 + 0.07 * grain[:, None] * (0.8, 1, 1))
    palm = _palms(point, normal)
    pink = base * (1.0, 0.86, 0.83) + (0.04, 0, 0)
    pale = 0.45 * base + 0.55 * np.array((0.87, 0.66, 0.56))  # palms are hardly pigmented
    colours = _mixed(colours, pale * (1 + 0.06 * grain[:, None]), palm)
    colours = _mixed(colours, pink, 0.35 * masks["face"])
    colours = _mixed(colours, base * (0.86, 0.6, 0.6), 0.85 * masks["lips"])
    colours = _mixed(colours, base * (0.8, 0.7, 0.68), 0.5 * masks["eyelids"])
    colours = _mixed(colours, 0.6 * base + (0.34, 0.24, 0.22), 0.75 * masks["fingernails"])
    colours = colours * (1 - 0.17 * _creases(point))[:, None]
    hair = np.array(look.hair) * (1 + 0.3 * grain[:, None])
    colours = _mixed(colours, hair, np.maximum(haired(look, point), 0.85 * _brows(point)))
    return _mixed(colours, hair, look.beard * _bearded(point))


def _palms(point: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """0 to 1: whether points of the hands are on the palm's side."""
    wrist = _joint("hand")
    out = np.cross(_joint("finger-2-1") - wrist, _joint("finger-5-1") - wrist)
    facing = _right(normal, point) @ (out / np.linalg.norm(out))
    return np.clip(facing * 1.6 + 0.2, 0, 1) * (_along_arm(point) > 1.97)


def _creases(point: np.ndarray) -> np.ndarray:
    """0 to 1 on the lines across the finger joints."""
    hands = np.flatnonzero(_along_arm(point) > 2)
    right = _right(point[hands], point[hands])
    lines = np.zeros(len(point), np.float32)
    for finger in range(1, 6):
        places = [_joint(f"finger-{finger}-{bone}") for bone in range(1, 5)]
        for before, joint, after in zip(places, places[1:], places[2:]):
            across = np.abs((right - joint) @ (after - before) / np.linalg.norm(after - before))
            near = np.sum((right - joint) ** 2, 1) < 0.13**2
            lines[hands] = np.maximum(lines[hands], near * np.exp(-((across / 0.014) ** 2)))
    return lines


def _brows(point: np.ndarray) -> np.ndarray:
    x, y = np.abs(point[:, 0]), point[:, 1]
    middle = 7.52 + 0.05 * np.sin(np.clip((x - 0.12) / 0.42, 0, 1) * 2.4)
    height = 0.04 * np.clip((0.58 - x) / 0.3, 0.2, 1)
    across = np.clip((height - np.abs(y - middle)) / 0.02 + 0.5, 0, 1)
    return across * np.clip((x - 0.12) / 0.05, 0, 1) * (x < 0.58) * (point[:, 2] > 0.9)


def _bearded(point: np.ndarray) -> np.ndarray:
    x, y, z = np.abs(point[:, 0]), point[:, 1], point[:, 2]
    jaw = np.clip((6.72 + 0.5 * np.clip(x - 0.35, 0, 1) - y) / 0.1, 0, 1) * (y > 6.0) * (z > 0.45)
    lip = (x < 0.3) & (y < 6.9) & (y > 6.82)
    mouth = (x < 0.28) & (y > 6.58) & (y < 6.82)
    return np.maximum(jaw, lip) * ~mouth


def _eyes(point: np.ndarray) -> np.ndarray:
    away = np.hypot(np.abs(point[:, 0]) - 0.308, point[:, 1] - 7.284)
    colours = np.full((len(point), 3), (0.86, 0.84, 0.82))
    colours = _mixed(colours, np.array((0.25, 0.18, 0.12)), np.clip((0.066 - away) / 0.008, 0, 1))
    colours = _mixed(colours, np.array((0.02, 0.02, 0.02)), np.clip((0.03 - away) / 0.008, 0, 1))
    return np.where(point[:, 2:] < 1.25, 0.5, colours)


def _cloth(look: Look, point: np.ndarray, grain: np.ndarray) -> np.ndarray:
    top = np.array(look.top, np.float32)
    stripes = np.sin(point[:, 1] * 14) > 0.3
    if look.pattern == "checks":
        stripes = stripes ^ (np.sin(point[:, 0] * 14) > 0.3)
    marked = 0.0 if look.pattern == "plain" else stripes
    colours = _mixed(np.broadcast_to(top, point.shape), 0.45 * top + 0.35, 0.6 * marked * np.ones(len(point)))
    trousers = np.array((0.13, 0.14, 0.18))
    colours = _mixed(colours, trousers, (point[:, 1] < 0.7) & (np.abs(point[:, 0]) < 2.9))
    return colours * (1 + 0.05 * grain[:, None])


def _mixed(one: np.ndarray, other: np.ndarray, share: np.ndarray) -> np.ndarray:
    return one + (other - one) * np.asarray(share, np.float32)[:, None]


def _grain(rng: np.random.Generator, size: int) -> np.ndarray:
    """Noise of several scales, standard deviation about 1."""
    total = np.zeros((size, size), np.float32)
    for cells, share in ((24, 0.6), (96, 0.5), (384, 0.4), (size, 0.4)):
        total += share * cv2.resize(rng.standard_normal((cells, cells)).astype(np.float32), (size, size),
                                    interpolation=cv2.INTER_CUBIC)
    return total
