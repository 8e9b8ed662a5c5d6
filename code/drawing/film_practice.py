"""Makes the rendered practice: phrases drawn as video by people and before cameras drawn at random, and what both of
MediaPipe's trackers make of each picture.

    python3 code/run.py rendered_practice [-p TAKES 310] [-p PROCESSES 2]
                                          (two hours on two cores; writes data/rendered_practice/lzv.npz)

Practice imitates MediaPipe's errors; these are its own. Nobody of the test set is among the people. The takes come
from a deck in which every sign lies once, so that all occur alike. A stopped run goes on where it was, and so does one
with more TAKES while its unfinished takes lie there.
"""

import shutil

import joblib
import numpy as np
from tqdm import tqdm

from drawing.casting import drawn_actor, drawn_camera
from drawing.filming import LZV, Shot, tracked
from ground.errors import in_a_sentence
from ground.files import ROOT, shown, written_whole
from ground.kinds import Whole
from ground.options import numbers_of, options
from ground.signs import join_phrase
from signer.alphabet import load_alphabet

SETTINGS = {"TAKES": "310", "PROCESSES": "2"}
TARGET = ROOT / "data" / "rendered_practice" / "lzv.npz"
PARTS = TARGET.parent / ".unfinished_lzv"
TRACKERS = ("holistic", "hands")
SIGNS, DOUBLED = 9, 0.3  # signs a take; of the takes, so many have one of them twice
TEMPO = (1.5, 4.0)  # signs a second, from slow to quick
SIZES = ((640, 480), (640, 480), (480, 640))
STEPS = np.array([1024, 1024, 256], np.float32)  # x, y and z of a picture: finer than MediaPipe sees, and a small file
SEED, FIRST_PERSON = 20_000, 500  # of those drawn at random; the first 40 are `studies.fit_view_error`'s


def main() -> None:
    settings = options(SETTINGS)
    values = numbers_of(settings, {"TAKES": Whole(1, 10_000), "PROCESSES": Whole(1, 64)})
    shots = shots_to_film(list(load_alphabet(LZV).signs), values["TAKES"])
    PARTS.mkdir(parents=True, exist_ok=True)
    takes = joblib.Parallel(n_jobs=values["PROCESSES"], return_as="generator")(
        joblib.delayed(tracked)(shot, PARTS / f"{shot.seed}.npz", TRACKERS) for shot in shots)
    kept = [dict(np.load(take)) for take in tqdm(takes, total=len(shots), ncols=80)]
    twice = [(shot, take[tracker], take["sign"]) for shot, take in zip(shots, kept) for tracker in TRACKERS]
    with written_whole(TARGET) as temporary:
        np.savez_compressed(
            temporary, landmarks=rounded(np.concatenate([hands for _, hands, _ in twice])),
            sign=np.concatenate([sign for *_, sign in twice]),
            length=np.array([len(hands) for _, hands, _ in twice], np.int32),
            phrase=np.array([join_phrase(shot.phrase) for shot, *_ in twice]),
            person=np.array([shot.person.name for shot, *_ in twice]),
            aspect=np.array([shot.camera.width / shot.camera.height for shot, *_ in twice], np.float32))
    shutil.rmtree(PARTS)
    print(f"{shown(TARGET)}: {len(twice)} ieraksti, {TARGET.stat().st_size / 1e6:.1f} MB")


def shots_to_film(signs: list[str], takes: int) -> list[Shot]:
    """Shots of SIGNS signs each; whoever goes through the deck once gives way to another person."""
    rng, shots, deck = np.random.default_rng(SEED), [], []
    person = FIRST_PERSON - 1
    for seed in range(SEED, SEED + takes):
        if len(deck) < SIGNS:
            deck += [str(sign) for sign in rng.permutation(signs)]
            person += 1
        phrase, deck = in_order(deck[:SIGNS], rng), deck[SIGNS:]
        tempo = float(np.exp(rng.uniform(*np.log(TEMPO))))
        shots.append(Shot(phrase, drawn_camera(seed, SIZES), drawn_actor(person), seed, tempo, samples=0))
    return shots


def rounded(landmarks: np.ndarray) -> np.ndarray:
    """Landmarks (frames, 42, 3) to the nearest of STEPS, float16."""
    return (np.round(landmarks.astype(np.float32) * STEPS) / STEPS).astype(np.float16)


def in_order(phrase: list[str], rng: np.random.Generator) -> list[str]:
    """The signs, a space not at an end, and now and then one of them twice."""
    phrase = [sign for sign in phrase if sign != " "]
    if len(phrase) < SIGNS:
        phrase.insert(int(rng.integers(1, len(phrase))), " ")
    twice = int(rng.integers(len(phrase)))
    return phrase[:twice + 1] + phrase[twice:] if rng.random() < DOUBLED and phrase[twice] != " " else phrase


if __name__ == "__main__":
    in_a_sentence(main)
