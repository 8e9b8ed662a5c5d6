"""Signers: how people who spell the same alphabet differ. Every figure that is drawn is drawn here."""

from dataclasses import dataclass

import numpy as np

from signer.hand import ANGLES, USUAL_BUILD, HandBuild

#: Letters a second from a learner to a fluent signer (fluent fingerspelling: 4 to 8 a second; Quinto-Pozos 2010).
TEMPO = (0.9, 5.5)
#: By how much a hand opens between two equal signs: a little, or so far that the sign is formed anew.
OPENED, FORMED_ANEW = (0, 0.45), (0.6, 0.95)
AS_DESCRIBED = -1  # the ways of somebody who makes every sign as the alphabet first describes it


@dataclass(frozen=True)
class Person:
    """One signer. Angles in degrees, lengths in palms, times as shares of a sign or in seconds."""

    build: HandBuild
    left_handed: bool
    shoulder: float  # from the middle of the shoulders to one of them
    home: np.ndarray  # (3,) where the signing hand is held: out, up, forward from the middle of the shoulders
    other_home: np.ndarray  # (3,) the second hand's place when it signs
    rest: np.ndarray  # (3,) where a hand hangs
    habit: np.ndarray  # (21,) added to every posture
    reach: np.ndarray  # (21,) by which every posture is multiplied
    posture: np.ndarray  # (3,) added to turn, tip and lean
    tempo: float  # signs a second
    hold: float  # share of a sign's time in which the hand stands or makes the sign's movement
    sloth: float  # seconds by which the hand's muscles smooth a movement
    overlap: np.ndarray  # (27,) by how much of a transition each angle and coordinate is early
    stay: float  # how much of a movement's way the hand does not come back before the next sign
    drift: float  # palms outward a sign
    size: float  # of the movements, 1 = as described
    care: float  # degrees by which a posture differs each time
    loosen: float  # how far the hand opens between two equal signs
    doubled: int  # which of the alphabet's movements parts them
    ways: int  # which way to make a sign the person has, where the alphabet knows several
    tremor: float  # palms


def draw_person(rng: np.random.Generator) -> Person:
    """A signer drawn at random."""
    flexion = np.array([name.endswith(("mcp", "pip", "dip", "ip")) for name in ANGLES])
    habit = rng.normal(0, np.where(flexion, 5, 3)) * rng.uniform(0.3, 1.3)
    habit += np.where([name.endswith("pip") for name in ANGLES], rng.uniform(0, 8), 0)  # few straighten fully
    habit += np.where([name.startswith("thumb") for name in ANGLES], rng.normal(0, 5, len(ANGLES)), 0)
    return Person(
        build=draw_build(rng), left_handed=rng.random() < 0.15, shoulder=rng.uniform(1.85, 2.35),
        home=np.array([2.1, -0.7, 2.6]) + rng.normal(0, 1, 3) * [0.6, 0.6, 0.5],
        other_home=np.array([1.7, -0.7, 2.6]) + rng.normal(0, 1, 3) * [0.4, 0.5, 0.5],
        rest=np.array([2.4, -5.6, 0.6]) + rng.normal(0, 1, 3) * [0.4, 0.5, 0.4],
        habit=habit, reach=1 + rng.normal(0, 0.05, len(ANGLES)) + rng.normal(0, 0.04),
        posture=rng.normal(0, [11, 9, 8]), tempo=float(np.exp(rng.uniform(*np.log(TEMPO)))),
        hold=rng.uniform(0.35, 0.7), sloth=rng.uniform(0.01, 0.05), overlap=rng.uniform(-0.18, 0.18, 27),
        stay=rng.uniform(0, 0.8), drift=max(0.0, rng.normal(0, 0.08)), size=float(np.exp(rng.normal(0, 0.22))),
        care=rng.uniform(2, 6), loosen=rng.uniform(*(FORMED_ANEW if rng.random() < 0.2 else OPENED)),
        doubled=int(rng.integers(1000)), ways=int(rng.integers(1000)), tremor=rng.uniform(0.0, 0.012))


def draw_build(rng: np.random.Generator) -> HandBuild:
    """A hand's proportions: about a tenth around the usual ones, fingers of one hand alike."""
    base = USUAL_BUILD.base * (1 + rng.normal(0, 0.04, (5, 3))) + rng.normal(0, 0.02, (5, 3))
    base[2] = [base[2][0], 1.0, 0.0]  # the middle knuckle: the unit of length
    bones = USUAL_BUILD.bones * (1 + rng.normal(0, 0.07) + rng.normal(0, 0.04, (5, 1)) + rng.normal(0, 0.04, (5, 3)))
    return HandBuild(base * [1 + rng.normal(0, 0.06), 1, 1], bones, USUAL_BUILD.fan + rng.normal(0, 2.5, 4))

