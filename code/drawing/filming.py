"""One take: a person of the scenes signs a phrase before a camera; what is seen and what is true."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from drawing.figure import Figure, load_figure
from drawing.renderer import SAMPLES, Renderer
from drawing.scenes import Actor
from frames.tracking import track
from ground.environment import quiet
from ground.files import ROOT, written_whole
from ground.landmarks import hands_of, mirrored
from signer.alphabet import load_alphabet
from signer.camera import Camera
from signer.motion import Motion
from signer.people import AS_DESCRIBED, Person, draw_person
from signer.practice import bones_in_room, joints_in_room
from signer.signing import move

LZV = ROOT / "code" / "alphabets" / "lzv.json"


@dataclass(frozen=True)
class Shot:
    """What is to be filmed; `seed` draws how the person signs. tempo: signs a second, None as the seed draws it."""

    phrase: list[str]
    camera: Camera
    person: Actor
    seed: int
    tempo: float | None = None
    samples: int = SAMPLES  # of a pixel; 0: edges are not smoothed, and drawing takes half of the time


@dataclass(frozen=True)
class Scene:
    """A filmed shot: pictures are drawn while they are asked for, RGB (height, width, 3). truth (T, 42, 3): where the
    camera would see every joint, hidden ones too."""

    pictures: Iterator[np.ndarray]
    truth: np.ndarray
    motion: Motion
    person: Person


def taken(shot: Shot) -> Scene:
    """Films a shot. Raises DataError without the drawing packages or a graphics driver."""
    rng = np.random.default_rng(shot.seed)
    figure = load_figure(shot.person.body)
    person = replace(draw_person(rng), build=figure.build, left_handed=shot.person.left_handed,
                     ways=AS_DESCRIBED)
    if shot.tempo:
        person = replace(person, tempo=shot.tempo)
    camera = aimed(shot.camera, person)
    motion = move(shot.phrase, load_alphabet(LZV), person, camera.fps, rng)
    joints = joints_in_room(motion, person)
    bones = bones_in_room(motion, person)
    truth = replace(camera, mirrored=False).project(joints)
    truth[..., 2] -= truth[:, :, :1, 2]
    truth = truth.reshape(-1, 42, 3)
    pictures = _drawn(Renderer(figure, shot.person.look, camera, shot.samples), figure, joints[:, :, 0], bones)
    return Scene(pictures, mirrored(truth) if camera.mirrored else truth, motion, person)


def tracked(shot: Shot, path: Path, trackers: tuple[str, ...] = ("holistic",)) -> Path:
    """Films a shot and keeps what each tracker makes of it, unless that has been done: an .npz of hands float16
    (T, 42, 3) by the tracker's name, truth of the same shape, and sign int8 (T,), which sign of the phrase is held."""
    if path.exists():
        return path
    with quiet():
        scene = taken(shot)
        pictures = list(scene.pictures)
        found = {tracker: hands_of(track(iter(pictures), tracker)).astype(np.float16) for tracker in trackers}
    with written_whole(path) as temporary:
        np.savez(temporary, **found, truth=scene.truth.astype(np.float16), sign=scene.motion.sign.astype(np.int8))
    return path


def _drawn(renderer: Renderer, figure: Figure, wrists: np.ndarray, bones: np.ndarray) -> Iterator[np.ndarray]:
    try:
        for place, frames in zip(wrists, bones):
            yield renderer.draw(figure.posed(place, frames))
    finally:
        renderer.release()


def aimed(camera: Camera, person: Person) -> Camera:
    """The camera's target moved along with the signing hand's side, so that left- and right-handed people fit."""
    x, y, z = camera.target
    return replace(camera, target=(-x if person.left_handed else x, y, z))
