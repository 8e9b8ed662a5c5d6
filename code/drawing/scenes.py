"""The people and cameras of what is filmed: fixed, so that a number measured on them stays comparable.

No one of the test set signs in the demonstration clips or the other way round.
"""

from dataclasses import dataclass

from drawing.look import Look
from drawing.makehuman import Body
from signer.camera import Camera


@dataclass(frozen=True)
class Actor:
    """Someone who signs in rendered video."""

    name: str
    body: Body
    look: Look
    left_handed: bool = False


#: Skins from light to dark, sRGB; measured colours of faces in daylight, rounded.
PALE, LIGHT, TAN = (0.9, 0.74, 0.66), (0.84, 0.65, 0.55), (0.74, 0.55, 0.43)
BROWN, DEEP, DARK = (0.6, 0.42, 0.32), (0.46, 0.31, 0.23), (0.34, 0.22, 0.17)
BLACK_HAIR, BROWN_HAIR, FAIR_HAIR, GREY_HAIR = (0.07, 0.06, 0.06), (0.2, 0.13, 0.08), (0.6, 0.47, 0.3), (0.6, 0.6, 0.6)
AFRICAN, ASIAN, EUROPEAN = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)

TEST_PEOPLE = (
    Actor("anna", Body(0.0, 0.05, 0.45, 0.5, EUROPEAN),
          Look(LIGHT, BROWN_HAIR, "long", top=(0.2, 0.25, 0.38), room="wall", seed=1)),
    Actor("bruno", Body(1.0, 0.15, 0.6, 0.6, EUROPEAN),
          Look(PALE, FAIR_HAIR, "short", beard=0.35, top=(0.12, 0.12, 0.13), sleeves="short", room="office", seed=2,
               light=(-0.6, 0.7, 1.0))),
    Actor("chidi", Body(1.0, 0.1, 0.5, 0.75, AFRICAN),
          Look(DARK, BLACK_HAIR, "short", top=(0.75, 0.74, 0.7), room="white", seed=3, exposure=1.15)),
    Actor("dace", Body(0.0, 0.6, 0.75, 0.4, EUROPEAN),
          Look(PALE, GREY_HAIR, "short", top=(0.35, 0.12, 0.2), pattern="stripes", room="shelves", seed=4,
               light=(0.9, 0.5, 0.6))),
    Actor("emi", Body(0.1, 0.0, 0.4, 0.5, ASIAN),
          Look(LIGHT, BLACK_HAIR, "long", top=(0.62, 0.68, 0.66), room="blue", seed=5, ambient=0.6, strength=0.7)),
    Actor("farid", Body(0.95, 0.35, 0.65, 0.55, (0.3, 0.2, 0.5)),
          Look(TAN, BLACK_HAIR, "short", beard=0.8, top=(0.3, 0.38, 0.28), pattern="checks", room="dark", seed=6,
               noise=4.0, light=(-0.8, 0.6, 0.8))),
    Actor("grace", Body(0.05, 0.2, 0.6, 0.5, AFRICAN),
          Look(DEEP, BLACK_HAIR, "short", top=(0.8, 0.55, 0.15), sleeves="short", room="green", seed=7)),
    Actor("hugo", Body(1.0, 0.7, 0.7, 0.45, EUROPEAN),
          Look(LIGHT, GREY_HAIR, "bald", top=(0.42, 0.45, 0.5), room="skin", seed=8, light=(0.2, 1.0, 0.7)),
          left_handed=True),
    Actor("ines", Body(0.0, 0.1, 0.5, 0.7, (0.3, 0.3, 0.4)),
          Look(BROWN, BROWN_HAIR, "long", top=(0.9, 0.88, 0.85), sleeves="none", room="office", seed=9,
               light_colour=(1.0, 0.86, 0.7), strength=0.8)),
    Actor("janis", Body(1.0, 0.05, 0.3, 0.4, EUROPEAN),
          Look(LIGHT, BROWN_HAIR, "short", top=(0.55, 0.15, 0.12), pattern="stripes", sleeves="short", room="dark",
               seed=10, noise=5.0, ambient=0.35, exposure=0.9)),
    Actor("kim", Body(0.8, 0.25, 0.5, 0.5, ASIAN),
          Look(TAN, BLACK_HAIR, "short", top=(0.1, 0.16, 0.22), room="shelves", seed=11, light_colour=(0.9, 0.95, 1.0)),
          left_handed=True),
    Actor("lalita", Body(0.15, 0.4, 0.65, 0.4, (0.2, 0.4, 0.4)),
          Look(BROWN, BLACK_HAIR, "short", top=(0.25, 0.45, 0.5), room="skin", seed=12, noise=3.0)),
)

DEMO_PEOPLE = (
    Actor("madara", Body(0.0, 0.15, 0.5, 0.5, EUROPEAN),
          Look(LIGHT, FAIR_HAIR, "long", top=(0.16, 0.3, 0.36), room="wall", seed=21)),
    Actor("niklavs", Body(1.0, 0.2, 0.5, 0.6, EUROPEAN),
          Look(TAN, BROWN_HAIR, "short", beard=0.4, top=(0.25, 0.26, 0.3), sleeves="short", room="blue", seed=22),
          left_handed=True),
)

#: Three more, on whom only MediaPipe's errors are measured (`studies.fit_noise`).
FIT_PEOPLE = (
    Actor("olga", Body(0.0, 0.3, 0.55, 0.45, EUROPEAN),
          Look(PALE, BROWN_HAIR, "short", top=(0.3, 0.3, 0.34), room="wall", seed=31)),
    Actor("peters", Body(1.0, 0.3, 0.55, 0.55, EUROPEAN),
          Look(TAN, BLACK_HAIR, "short", top=(0.6, 0.6, 0.58), sleeves="short", room="office", seed=32)),
    Actor("rasa", Body(0.1, 0.1, 0.5, 0.5, AFRICAN),
          Look(BROWN, BLACK_HAIR, "short", top=(0.2, 0.34, 0.3), room="shelves", seed=33)),
)

#: A webcam, a laptop that looks up a little, a telephone held upright, a tripod to the signer's side, a selfie.
TEST_CAMERAS = (
    Camera(640, 480, 30.0, 45, 10.5, target=(-1.0, 0.0, 1.5)),
    Camera(640, 480, 25.0, 52, 9.0, pitch=-8, target=(-1.0, 0.0, 1.5)),
    Camera(480, 640, 30.0, 50, 10.0, pitch=5, target=(-0.8, 0.0, 1.5)),
    Camera(960, 540, 25.0, 40, 11.5, yaw=-18, pitch=3, roll=2, target=(-1.0, 0.0, 1.5)),
    Camera(640, 480, 30.0, 48, 9.8, yaw=10, target=(-1.0, 0.0, 1.5), mirrored=True),
)
FIT_CAMERAS = (
    Camera(640, 480, 30.0, 42, 11.0, pitch=3, target=(-0.9, 0.1, 1.5)),
    Camera(1280, 720, 25.0, 50, 9.5, yaw=6, target=(-1.2, 0.0, 1.5)),
    Camera(480, 640, 30.0, 48, 11.0, yaw=-10, target=(-0.8, 0.0, 1.5)),
)
