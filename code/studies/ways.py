"""How much of the ways that real hands take before and after a sign lies inside what practice draws.

    python3 code/run.py ways -p CLIPS DIR     (some minutes; prints the figures of docs/virtual_signer, writes nothing)

CLIPS: videos of people who raise a hand, show one letter and lower it. A frame of a way is described by the hand's
joints from the wrist and by how it moves. It lies inside when a frame of a generated way is as near as for 95 % of
further generated frames; their own share inside is 0.95 by definition. A way as a whole lies inside when it takes as
long as the middle 95 % of the generated ones. "plain": hands that rise and fall shaped, as practice had it before.
"""

from pathlib import Path

import numpy as np
from sklearn.neighbors import NearestNeighbors

from ground.environment import quiet
from ground.errors import in_a_sentence
from ground.files import ROOT
from ground.landmarks import WRIST, as_right_hand, hands_of, palm_lengths
from ground.options import needed_folder, options
from recognition.source import frames_of
from signer.alphabet import load_alphabet
from signer.camera import draw_camera
from signer.noise import load_noise
from signer.people import draw_person
from signer.practice import joints_in_room, landmarks, postures, room_side
from signer.signing import move
from studies.handshapes import DEPTH_WEIGHT
from studies.people import videos

TAKES = 600  # generated recordings to compare with, and a third as many to judge the distance by
STILL = 0.05  # palm lengths a frame: the letter is held where its joints move less
FRAMES_A_SIGN = 40
INSIDE = 95  # per cent


def main() -> None:
    settings = options({"CLIPS": ""})
    taken = [real_ways(path) for path in videos(needed_folder(settings, "CLIPS"))]
    real = [ways for ways in taken if ways]
    if len(real) < len(taken):
        print(f"Atstāti malā {len(taken) - len(real)} video: tajos roka nestāv uz vietas.")
    for name, alive in (("tagad", True), ("plain", False)):
        known, others = (generated_ways(seed, count, alive) for seed, count in ((1, TAKES), (2, TAKES // 3)))
        for place, title in enumerate(("augšup", "lejup")):
            ways = [sides[place] for sides in real]
            frames = np.concatenate(ways)
            near = NearestNeighbors(n_neighbors=1).fit(np.concatenate(known[place]))
            limit = np.percentile(near.kneighbors(np.concatenate(others[place]))[0], INSIDE)
            inside = np.mean(near.kneighbors(frames)[0] <= limit)
            times = np.array([len(way) for way in ways])
            least, most = np.percentile([len(way) for way in known[place]], [50 - INSIDE / 2, 50 + INSIDE / 2])
            print(f"Ceļš {title}, {name}: iekšpusē {inside:.2f} no {len(frames)} īstiem kadriem un "
                  f"{np.sum((times >= least) & (times <= most))} no {len(real)} īstu ceļu ilgumiem ({times.min()}–"
                  f"{times.max()} kadri; ģenerētie {least:.0f}–{most:.0f})")


def real_ways(path: Path) -> tuple[np.ndarray, np.ndarray] | None:
    """Descriptions of a video's frames before the letter is held, and after; None where no hand stands still."""
    facts, tracker, frames = frames_of(path, "holistic", None, None, None)
    with quiet():
        array = tracker.arranged([frame for _, frame in frames], facts.aspect)
    hand, numbers = as_right_hand(hands_of(array), facts.aspect)
    if len(hand) < 2:
        return None
    described = _described(hand, numbers)
    moved = np.r_[0, np.linalg.norm(np.diff(hand, axis=0), axis=2).mean(axis=1)] / palm_lengths(hand).mean()
    still = np.convolve(moved, np.ones(5) / 5, "same") < STILL
    if not still.any():
        return None
    edges = np.flatnonzero(np.diff(np.r_[0, still, 0]))
    first, last = max(zip(edges[::2], edges[1::2]), key=lambda run: run[1] - run[0])
    return described[:first], described[last:]


def generated_ways(seed: int, count: int, alive: bool) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """The same of so many generated letters, each by another person before another camera."""
    alphabet, noise, rng = load_alphabet(ROOT / "code/alphabets/asl.json"), load_noise(), np.random.default_rng(seed)
    letters = [sign for sign in alphabet.signs if sign.isalpha()]
    sides: tuple[list, list] = ([], [])
    for number in range(count):
        person = draw_person(rng)
        camera = draw_camera(rng, room_side(person.home * [-1, 1, 1], person))
        motion = move([letters[number % len(letters)]], alphabet, person, 30, rng, FRAMES_A_SIGN, alive=alive)
        hands = landmarks(joints_in_room(motion, person), postures(motion, person), camera, noise, rng)
        if not hands.any():
            continue
        hand, numbers = as_right_hand(hands, camera.width / camera.height)
        described, held = _described(hand, numbers), np.flatnonzero(motion.sign == 0)
        sides[0].append(described[numbers < held[0]])
        sides[1].append(described[numbers > held[-1]])
    return sides


def _described(hand: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """(n, 21, 3) -> (n, 63): joints from the wrist and the wrist's step, in palm lengths."""
    palm = palm_lengths(hand).mean()
    joints = ((hand - hand[:, [WRIST]]) / palm)[:, 1:] * [1, 1, DEPTH_WEIGHT]
    gaps = np.maximum(np.diff(numbers, prepend=numbers[:1] - 1), 1)[:, None]
    step = np.diff(hand[:, WRIST], axis=0, prepend=hand[:1, WRIST]) / palm / gaps
    return np.concatenate([joints.reshape(len(hand), -1), step], axis=1)


if __name__ == "__main__":
    in_a_sentence(main)
