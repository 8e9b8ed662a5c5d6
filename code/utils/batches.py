"""Batches: recordings of like length together, padded with zeros, augmented anew in every epoch."""

import functools
import itertools
from collections.abc import Callable, Iterator

import numpy as np

from ground.backend import tf
from ground.errors import DataError
from utils.ahead import Beside, made_ahead
from utils.augmentation import Augmentation, augment
from utils.recordings import Recording, frames_needed
from utils.records import Shards

POOL = 16  # batches shuffled and sorted together: like lengths in a batch, other company in every epoch
NO_LABEL = -1
Renew = Callable[[Recording, np.random.Generator], Recording]
SIGNATURE = ({"landmarks": tf.TensorSpec((None, None, 42, 3)), "aspect": tf.TensorSpec((None, 1))},
             tf.TensorSpec((None, None), tf.int32))


def training_batches(recordings: list[Recording] | Shards, char_map: dict[str, int], size: int,
                     settings: Augmentation | None, seed: int, frames_per_sign: int,
                     renew: Renew | None = None, least: int = 1, faults: list[DataError] | None = None,
                     beside: Beside | None = None) -> tf.data.Dataset:
    """An endless dataset of ({"landmarks", "aspect"}, labels); an epoch is `steps_per_epoch` batches of it.

    `renew` puts another recording in the place of each generated one, in every epoch; others are augmented. Two
    datasets of the same seed give the same batches (with processes `beside` others than without). Shards are read as
    they are learnt from. A thread beside the training step makes them, a pool ahead: while one pool is learnt from, the
    next is augmented; processes `beside` are some pools ahead. A batch of fewer than `least` recordings (devices that
    share it) goes with the one before. Raises DataError without any recording; one that comes up later, while
    TensorFlow takes the batches, is put into `faults`.
    """
    if not recordings:
        raise DataError("Apmācība", "nav neviena ieraksta, no kā mācīties", "Pārbaudiet ierakstus un to sadalījumu")

    def endless() -> Iterator:
        rng = np.random.default_rng(seed)
        others = None if isinstance(recordings, Shards) else recordings
        make = functools.partial(_made_anew, others, settings, frames_per_sign, renew)
        try:
            for pool in made_ahead(_pools(recordings, POOL * size, rng, frames_per_sign), make, rng, beside):
                yield from _batches_of(pool, char_map, size, rng, least)
        except DataError as error:
            if faults is not None:
                faults.append(error)
            raise

    return tf.data.Dataset.from_generator(endless, output_signature=SIGNATURE).prefetch(POOL)


def steps_per_epoch(recordings: list[Recording] | Shards, size: int) -> int:
    """Batches in which every recording occurs once."""
    whole, rest = divmod(len(recordings), POOL * size)
    return whole * POOL + -(-rest // size)


def fixed_batches(recordings: list[Recording], char_map: dict[str, int], size: int = 32) -> list[tuple]:
    """Batches for validation, shortest first, as (recordings, inputs, labels)."""
    ordered = sorted(recordings, key=lambda r: (r.length, r.name))
    chunks = [ordered[start:start + size] for start in range(0, len(ordered), size)]
    return [(chunk, *padded(chunk, char_map)) for chunk in chunks]


def padded(recordings: list[Recording], char_map: dict[str, int]) -> tuple[dict, np.ndarray]:
    """One batch: landmarks (n, longest T, 42, 3), zeros after each end; aspect (n, 1); labels (n, longest), then -1."""
    frames = max(1, *(r.length for r in recordings))
    landmarks = np.zeros((len(recordings), frames, 42, 3), np.float32)
    labels = np.full((len(recordings), max(1, *(len(r.signs) for r in recordings))), NO_LABEL, np.int32)
    for row, recording in enumerate(recordings):
        landmarks[row, :recording.length] = recording.hands
        labels[row, :len(recording.signs)] = [char_map[sign] for sign in recording.signs]
    aspect = np.array([[r.aspect] for r in recordings], np.float32)
    return {"landmarks": landmarks, "aspect": aspect}, labels


def _pools(recordings, size, rng, frames_per_sign) -> Iterator[list[Recording]]:
    """Endlessly, epoch by epoch, so many recordings at a time. Raises DataError for an epoch without any."""
    while True:
        order = _in_random_order(recordings, rng, frames_per_sign)
        drawn = list(itertools.islice(order, size))
        if not drawn:
            raise DataError("Apmācība", "neviens ieraksts nav šim tīklam pietiekami garš",
                            f"Palaidiet preprocess_landmarks ar FRAMES_PER_SIGN = {frames_per_sign}")
        while drawn:
            yield drawn
            drawn = list(itertools.islice(order, size))


def _made_anew(others, settings, frames_per_sign, renew, drawn, rng) -> list[Recording]:
    # A renewed recording has another signer and camera already: there is nothing to augment.
    return [renew(r, rng) if renew and r.generated else
            augment(r, others or drawn, settings, rng, frames_per_sign) if settings else r for r in drawn]


def _batches_of(pool, char_map, size, rng, least) -> Iterator[tuple]:
    pool = sorted(pool, key=lambda r: r.length)
    chunks = [pool[first:first + size] for first in range(0, len(pool), size)]
    if len(chunks) > 1 and len(chunks[-1]) < least:
        chunks[-2:] = [chunks[-2] + chunks[-1]]
    for chunk in rng.permutation(len(chunks)):
        yield padded(chunks[chunk], char_map)


def _in_random_order(recordings, rng, frames_per_sign) -> Iterator[Recording]:
    if isinstance(recordings, Shards):
        # What is too short for the network can be told only as it comes.
        return (r for r in recordings.in_random_order(int(rng.integers(2**31)))
                if r.frames >= frames_needed(r.signs, frames_per_sign))
    return (recordings[i] for i in rng.permutation(len(recordings)))
