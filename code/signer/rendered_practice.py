"""Practice with MediaPipe's own errors: a part of the new practice is drawn video that MediaPipe has seen.

The virtual signer's landmarks imitate how MediaPipe errs. Read from the true joints of the rendered test set, with the
frames in which no hand was found left out, the finished example of November 2026 read 0.033 of the signs wrongly; from
what MediaPipe made of the same video, 0.080. The takes are augmented: there are few of them, and they come often.
"""

from pathlib import Path

import numpy as np

from ground.files import shown
from signer.alphabet import Alphabet
from signer.rendered_set import rendered_recordings
from utils.augmentation import augment
from utils.training import Training

SHARE = 0.3  # of new practice


def with_rendered(training: Training, path: Path, alphabet: Alphabet, judged: set[str], frames_per_sign: int) -> str:
    """From now on a part of a training's new practice is drawn video, never of a phrase that is `judged`; a sentence
    (Latvian) says so, or why not. Raises DataError for a file that cannot be read."""
    if path.stem != alphabet.name:
        return f"{shown(path)} vingrinājumos neņem: tas nav alfabēta «{alphabet.name}» fails."
    takes = [take for take in rendered_recordings(path, training.char_map) if take.phrase not in judged]
    if not takes:
        return f"{shown(path)} vingrinājumos neņem: tajā nav frāžu, kas der šim zīmju sarakstam."
    renew, settings = training.renew, training.augmentation

    def renewed(recording, rng: np.random.Generator):
        if rng.random() >= SHARE:
            return renew(recording, rng)
        take = takes[rng.integers(len(takes))]
        return augment(take, takes, settings, rng, frames_per_sign) if settings else take

    training.renew = renewed
    return (f"Daļa vingrinājumu ir uzzīmēti video, ko redzējis īsts MediaPipe ({len(takes)} ieraksti, cilvēki: "
            f"{len({take.signer for take in takes})}).")
