"""Fits what MediaPipe makes of a view (view_error.npz) to drawn video of people and cameras drawn at random.

    python3 code/run.py view_error     (half an hour on two cores; writes code/signer/view_error.npz)

130 takes; a stopped run goes on where it was. Nobody of the test set is among the people,
and no phrase of it among the phrases. How much of the error is explained is measured on people left out of the fit.
"""

import shutil

import joblib
import numpy as np
from sklearn.neural_network import MLPRegressor

from drawing.casting import drawn_actor, drawn_camera
from drawing.film_test_set import TARGET, TEMPO
from drawing.filming import LZV, Shot, tracked
from ground.errors import in_a_sentence
from ground.files import ROOT, written_whole
from ground.landmarks import HAND_JOINTS, WRIST
from ground.signs import join_phrase
from signer.alphabet import load_alphabet
from signer.noise import load_noise
from signer.phrases import draw_phrases, take_rarest
from signer.rendered_set import read_test_file
from signer.view_error import WEIGHTS, view

PARTS = ROOT / "data" / ".unfinished_view_error"
TAKES, PEOPLE, SEED = 130, 40, 8000
HIDDEN, WEIGHT_DECAY, ROUNDS, FOLDS = 128, 1.0, 100, 4
TYPICAL = np.array([0.1, 0.1, 0.25])  # palm lengths: errors are fitted as multiples of it
ANOTHER_HAND = 1.0  # palm lengths between wrists: what was found is not this hand


def main() -> None:
    PARTS.mkdir(parents=True, exist_ok=True)
    shots = shots_to_film()
    joblib.Parallel(n_jobs=2)(joblib.delayed(tracked)(shot, PARTS / f"{shot.seed}.npz") for shot in shots)
    depth = load_noise().depth
    samples = [samples_of(shot, dict(np.load(PARTS / f"{shot.seed}.npz")), depth) for shot in shots]
    views, errors = (np.concatenate(part) for part in zip(*samples))
    person = np.concatenate([np.full(len(sample[0]), shot.seed % PEOPLE) for shot, sample in zip(shots, samples)])
    explained = left_out(views, errors, person)
    write_weights(fit(views, errors))
    shutil.rmtree(PARTS)
    print(f"{len(views)} skati, {len(set(person))} cilvēki; cik no kļūdas izskaidrots cilvēkiem, kas nav mācīti: "
          + ", ".join(f"{axis} {share:.2f}" for axis, share in zip("xyz", explained)))


def shots_to_film() -> list[Shot]:
    """Phrases in which every sign occurs about as often, each with a person, a camera and a tempo."""
    rng = np.random.default_rng(SEED)
    tempos = np.exp(rng.uniform(*np.log(TEMPO), TAKES))
    return [Shot(phrase, drawn_camera(seed), drawn_actor(seed % PEOPLE), seed, float(tempo))
            for seed, (phrase, tempo) in enumerate(zip(_phrases(rng), tempos), SEED)]


def _phrases(rng: np.random.Generator) -> list[list[str]]:
    judged = set(map(str, read_test_file(TARGET)["phrase"]))
    signs = list(load_alphabet(LZV).signs)
    pool = [phrase for phrase in draw_phrases(4000, [], signs, rng)
            if 4 <= len(phrase) <= 9 and join_phrase(phrase) not in judged]
    counts = dict.fromkeys(signs, 0)
    return [take_rarest(pool, counts, min(counts.values()) + 2) for _ in range(TAKES)]


def samples_of(shot: Shot, take: dict[str, np.ndarray], depth: float) -> tuple[np.ndarray, np.ndarray]:
    """Views (n, 60) and MediaPipe's errors (n, 21, 3) of every hand found, as right hands, in palm lengths."""
    aspect = shot.camera.width / shot.camera.height
    scale = np.array([aspect, 1, aspect]) / shot.camera.palm()
    views, errors = [], []
    for side, mirror in enumerate(([-1, 1, 1], [1, 1, 1])):
        true, found = (take[name].astype(float).reshape(-1, 2, HAND_JOINTS, 3)[:, side] * scale * mirror
                       for name in ("truth", "holistic"))
        there = found.any((1, 2)) & (np.linalg.norm((true - found)[:, WRIST, :2], axis=-1) < ANOTHER_HAND)
        views.append(view(true[there]))
        errors.append(found[there] / [1, 1, depth] - true[there])
    return np.concatenate(views), np.concatenate(errors)


def fit(views: np.ndarray, errors: np.ndarray) -> MLPRegressor:
    """The network of one hidden layer, its errors in units of TYPICAL."""
    network = MLPRegressor(HIDDEN, alpha=WEIGHT_DECAY, max_iter=ROUNDS, learning_rate_init=2e-3, random_state=0)
    return network.fit(views, (errors / TYPICAL).reshape(len(errors), -1))


def write_weights(network: MLPRegressor) -> None:
    """Keeps the network as `signer.view_error` reads it, its results in palm lengths."""
    (first, second), (first_bias, second_bias) = network.coefs_, network.intercepts_
    typical = np.tile(TYPICAL, len(second_bias) // len(TYPICAL))
    arrays = {"first": first, "first_bias": first_bias,
              "second": second * typical, "second_bias": second_bias * typical}
    with written_whole(WEIGHTS) as temporary:
        np.savez_compressed(temporary, **{name: array.astype(np.float16) for name, array in arrays.items()})


def left_out(views: np.ndarray, errors: np.ndarray, person: np.ndarray) -> np.ndarray:
    """Share of the errors' square (3,) that a fit to the other people explains."""
    rest = np.zeros(3)
    for fold in range(FOLDS):
        judged = person % FOLDS == fold
        guess = fit(views[~judged], errors[~judged]).predict(views[judged]).reshape(-1, *errors.shape[1:]) * TYPICAL
        rest += ((errors[judged] - guess) ** 2).sum(axis=(0, 1))
    return 1 - rest / (errors ** 2).sum(axis=(0, 1))


if __name__ == "__main__":
    in_a_sentence(main)
