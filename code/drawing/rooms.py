"""The room behind a signer, painted in numpy: walls, furniture and things of several kinds."""

import cv2
import numpy as np

#: Kind to the wall's colour above and below (sRGB) and how many things stand about.
ROOMS = {
    "wall": ((0.78, 0.77, 0.74), (0.66, 0.65, 0.62), 0),
    "white": ((0.95, 0.95, 0.94), (0.88, 0.88, 0.86), 2),
    "dark": ((0.1, 0.1, 0.12), (0.05, 0.05, 0.06), 5),
    "skin": ((0.82, 0.65, 0.54), (0.7, 0.53, 0.43), 3),
    "blue": ((0.32, 0.45, 0.6), (0.22, 0.32, 0.46), 3),
    "green": ((0.16, 0.52, 0.28), (0.12, 0.42, 0.22), 0),
    "office": ((0.74, 0.74, 0.72), (0.55, 0.54, 0.52), 14),
    "shelves": ((0.5, 0.4, 0.3), (0.35, 0.27, 0.2), 60),
}


def room(kind: str, width: int, height: int, seed: int) -> np.ndarray:
    """A picture of one of ROOMS, uint8 (height, width, 3); the same seed paints the same room at every size."""
    above, below, things = ROOMS[kind]
    rng = np.random.default_rng(seed)
    down = np.linspace(0, 1, height)[:, None, None]
    picture = np.array(above) * (1 - down) + np.array(below) * down + np.zeros((height, width, 3))
    for _ in range(things):
        _thing(picture, rng, shelf=kind == "shelves")
    lamp, fall = rng.uniform(0, 1, 2), rng.uniform(0.1, 0.35)
    across = np.linspace(0, 1, width)[None, :, None]
    picture *= 1 + 0.1 - fall * np.hypot(across - lamp[0], down - 0.4 * lamp[1])
    rough = cv2.resize(rng.standard_normal((60, 80)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    picture = (picture + 0.008 * rough[..., None]).astype(np.float32)
    return (np.clip(cv2.GaussianBlur(picture, (0, 0), height / 300), 0, 1) * 255).astype(np.uint8)


def _thing(picture: np.ndarray, rng: np.random.Generator, shelf: bool) -> None:
    """Paints one rectangle: a book on a shelf, a frame, a door, a cupboard; lighter above, darker at its edge."""
    height, width = picture.shape[:2]
    colour = rng.uniform(0.05, 0.9, 3) * 0.6 + rng.uniform(0, 0.4)
    x, y = rng.uniform(0, 1), rng.uniform(0, 1)
    wide, tall = rng.uniform(0.015, 0.05) if shelf else rng.uniform(0.08, 0.3), rng.uniform(0.1, 0.45)
    if shelf:
        y, tall = (np.floor(y * 4) + 0.95) / 4 - 0.2 * (0.6 + 0.4 * x), 0.2 * (0.6 + 0.4 * x)
    left, top = int(x * width), int(y * height)
    right, bottom = left + max(int(wide * width), 2), top + max(int(tall * height), 2)
    cv2.rectangle(picture, (left, top), (right, bottom), tuple(0.6 * colour), -1)
    cv2.rectangle(picture, (left + 2, top + 2), (right - 3, bottom - 3), tuple(colour), -1)
