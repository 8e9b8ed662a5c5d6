"""Practice with MediaPipe's own errors: a part of the new practice is drawn video that MediaPipe has seen.

The virtual signer's landmarks imitate how MediaPipe errs. Read from the true joints of the rendered test set, with the
frames in which no hand was found left out, an example trained without this read 0.033 of the signs wrongly; from
what MediaPipe made of the same video, 0.080. There are few takes, and they come often: a network learns whole ones by
heart. So now a part of one is shown, now two parts of different ones joined, and augmented.
"""

import dataclasses

import numpy as np

from ground.counted import counted
from ground.files import ROOT
from ground.landmarks import hands_seen
from signer.alphabet import Alphabet
from signer.corpus import every_sign_seen, fresh_practice
from signer.rendered_set import rendered_takes
from utils.augmentation import augment
from utils.network import stride_of
from utils.recordings import Recording, frames_needed
from utils.training import Training

FOLDER = ROOT / "data" / "rendered_practice"
SHARE = 0.3  # of new practice


def practise_anew(training: Training, alphabet: Alphabet, listed: list[list[str]], judged: set[str]) -> str:
    """From now on a training's practice is new in every epoch, never of a phrase that is `judged`; where there are
    drawn videos of this alphabet, a part of it is those, and a sentence (Latvian) says so. Raises DataError as
    `fresh_practice` does, and for a file of videos that cannot be read."""
    training.renew = fresh_practice(alphabet, listed, training.char_map, judged)
    path, frames_per_sign = FOLDER / f"{alphabet.name}.npz", stride_of(training.network)
    takes = [take for take in rendered_takes(path, training.char_map) if take[0].phrase not in judged
             ] if path.exists() else []
    if not takes:
        return ""
    renew, settings = training.renew, training.augmentation

    def drawn(rng: np.random.Generator) -> Recording:
        while True:
            some, held = part(*takes[rng.integers(len(takes))], rng)
            if (hands_seen(some.hands).any(axis=1).sum() >= frames_needed(some.signs, frames_per_sign)
                    and every_sign_seen(some.signs, held, some.hands, alphabet)):
                return some

    def renewed(recording: Recording, rng: np.random.Generator) -> Recording:
        if rng.random() >= SHARE:
            return renew(recording, rng)
        while True:
            shown_now = drawn(rng)
            if settings:
                shown_now = augment(shown_now, [drawn(rng)], settings, rng, frames_per_sign)
            if shown_now.phrase not in judged:
                return shown_now

    training.renew, training.drawn = renewed, len(takes)
    return (f"Daļa vingrinājumu ir uzzīmēti video, ko redzējis īsts MediaPipe ("
            f"{counted(len(takes), 'ieraksts', 'ieraksti')}, cilvēki: {len({take.signer for take, _ in takes})}).")


def part(take: Recording, held: np.ndarray, rng: np.random.Generator) -> tuple[Recording, np.ndarray]:
    """Some signs of a take in a row, cut somewhere on the hand's way from sign to sign; held (T,), of the take and of
    the part: which sign is held in each frame (none: below 0)."""
    first = int(rng.integers(len(take.signs)))
    last = int(rng.integers(first, len(take.signs)))
    start = _between(held, first - 1, first, rng) if first else 0
    end = _between(held, last, last + 1, rng) if last + 1 < len(take.signs) else len(held)
    return (dataclasses.replace(take, signs=take.signs[first:last + 1], landmarks=take.hands[start:end]),
            held[start:end] - first)


def _between(held: np.ndarray, before: int, after: int, rng: np.random.Generator) -> int:
    return int(rng.integers(np.flatnonzero(held == before)[-1] + 1, np.flatnonzero(held == after)[0] + 1))
