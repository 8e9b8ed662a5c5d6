"""People and cameras drawn at random: nobody of the fixed scenes is among them."""

import numpy as np

from drawing.look import Look
from drawing.makehuman import Body
from drawing.scenes import BROWN, BROWN_HAIR, DEEP, LIGHT, PALE, TAN, Actor
from signer.camera import Camera

SIZES = ((640, 480), (640, 480), (480, 640), (960, 540))


def drawn_actor(number: int) -> Actor:
    """One of the people."""
    rng = np.random.default_rng(1000 + number)
    ancestry = rng.dirichlet([0.7, 0.7, 0.7])
    skin = np.array((PALE, LIGHT, TAN, BROWN, DEEP)[rng.integers(5)])
    skin = tuple(np.clip(skin * rng.uniform(0.93, 1.05), 0, 1))
    body = Body(rng.random(), rng.uniform(0, 0.7), rng.uniform(0.25, 0.8), rng.uniform(0.35, 0.75), tuple(ancestry))
    look = Look(skin, BROWN_HAIR, str(rng.choice(["short", "bald", "long"])), top=tuple(rng.uniform(0.1, 0.8, 3)),
                sleeves=str(rng.choice(["long", "short"])),
                room=str(rng.choice(["wall", "office", "white", "shelves", "blue", "dark", "green"])),
                seed=100 + number, light=(rng.uniform(-0.9, 0.9), rng.uniform(0.4, 1), rng.uniform(0.6, 1)),
                ambient=rng.uniform(0.35, 0.6))
    return Actor(f"drawn {number}", body, look, left_handed=bool(rng.random() < 0.12))


def drawn_camera(seed: int, sizes: tuple = SIZES) -> Camera:
    """A camera about as people put theirs; `sizes` of pictures in pixels."""
    rng = np.random.default_rng(2000 + seed)
    width, height = sizes[rng.integers(len(sizes))]
    return Camera(width, height, rng.choice([25.0, 30.0]), rng.uniform(40, 52), rng.uniform(9.3, 11.5),
                  rng.uniform(-20, 20), rng.uniform(-8, 8), rng.uniform(-3, 3),
                  target=(rng.uniform(-1.1, -0.8), 0.0, 1.5), mirrored=bool(rng.random() < 0.2))
