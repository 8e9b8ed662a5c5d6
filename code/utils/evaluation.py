"""How good a reading is: WER with its interval, by sign and by kind of sign, confusions, calibration, a paired test.

WER: word error rate with one sign as one word (jiwer), over the whole set. The space is a sign like any other: signs
go to jiwer under names without blanks, since jiwer would drop a word that is a blank.
"""

import dataclasses
import itertools
import unicodedata
from collections import Counter

import jiwer
import numpy as np

from ground.errors import DataError
from ground.signs import NOTHING
from utils.recordings import Reading

RESAMPLES = 2000
#: Frames a sign: from very fast (or few frames a second) to slow.
SPEEDS = (0, 6, 9, 13, 20, 35, np.inf)
CONFIDENCES = (0, 0.2, 0.4, 0.6, 0.8, 0.9, 1)


def assess(readings: list[Reading], groups: dict[str, set[str]] | None = None) -> dict:
    """Everything that is said of one set; `groups` names kinds of signs (`sign_groups`)."""
    by_sign = wer_by_sign(readings)
    return {"figures": evaluate(readings), "by_sign": by_sign, "by_group": error_by_group(by_sign, groups or {}),
            "by_speed": wer_by_speed(readings), "confusions": confusions(readings),
            "calibration": calibration(readings), "errors": errors_by_recording(readings)}


def evaluate(readings: list[Reading], seed: int = 0) -> dict:
    """All figures of one set: `wer` with a 95 % interval, S, D, I, signs, number of sequences right and empty."""
    counts = error_counts(readings)
    errors, signs = counts[:, :3].sum(axis=1), counts[:, 3]
    substitutions, deletions, insertions, total = (int(value) for value in counts.sum(axis=0))
    return {
        "wer": float(errors.sum() / total), "interval": bootstrap_interval(readings, errors, signs, seed),
        "substitutions": substitutions, "deletions": deletions, "insertions": insertions, "signs": total,
        "sequences": len(readings), "right": int((errors == 0).sum()),
        "empty": sum(not reading.signs for reading in readings),
        "mean_confidence": float(np.mean([reading.confidence for reading in readings])),
    }


def wer(readings: list[Reading]) -> float:
    """Word error rate of the set."""
    return float(_aligned(readings).wer)


def error_counts(readings: list[Reading]) -> np.ndarray:
    """(n, 4) ints: substitutions, deletions, insertions and signs of the truth for each reading."""
    rows = []
    for reading, chunks in zip(readings, _aligned(readings).alignments):
        kinds = Counter()
        for chunk in chunks:
            kinds[chunk.type] += max(chunk.ref_end_idx - chunk.ref_start_idx, chunk.hyp_end_idx - chunk.hyp_start_idx)
        rows.append([kinds["substitute"], kinds["delete"], kinds["insert"], len(reading.recording.signs)])
    return np.array(rows)


def bootstrap_interval(readings: list[Reading], errors: np.ndarray, signs: np.ndarray, seed: int) -> list[float]:
    """95 % interval of the WER: whole phrases drawn again with replacement, since takes of one phrase are alike.

    Efron, Tibshirani 1993, "An Introduction to the Bootstrap", the percentile interval.
    """
    phrases, group = np.unique([reading.recording.phrase for reading in readings], return_inverse=True)
    by_phrase = np.array([np.bincount(group, errors), np.bincount(group, signs)])
    draws = np.random.default_rng(seed).integers(len(phrases), size=(RESAMPLES, len(phrases)))
    sums = by_phrase[:, draws].sum(axis=2)
    return [float(value) for value in np.quantile(sums[0] / sums[1], (0.025, 0.975))]


def proportion_interval(share: float, count: int) -> tuple[float, float]:
    """95 % interval of a share of `count` (Wilson 1927); recordings of one person are alike, so the truth is wider.

    >>> [round(value, 2) for value in proportion_interval(0.9, 100)]
    [0.83, 0.94]
    """
    z = 1.96
    middle, half = share + z**2 / (2 * count), z * np.sqrt(share * (1 - share) / count + z**2 / (4 * count**2))
    return float((middle - half) / (1 + z**2 / count)), float((middle + half) / (1 + z**2 / count))


def confusions(readings: list[Reading]) -> list[tuple[str, str, int]]:
    """(signed, read, times), most frequent first; "∅" stands for a sign not read or not signed."""
    pairs = Counter()
    for reading, chunks in zip(readings, _aligned(readings).alignments):
        for chunk in chunks:
            if chunk.type == "equal":
                continue
            truth = reading.recording.signs[chunk.ref_start_idx:chunk.ref_end_idx]
            read = reading.signs[chunk.hyp_start_idx:chunk.hyp_end_idx]
            width = max(len(truth), len(read))
            pairs.update(zip(truth + [NOTHING] * (width - len(truth)), read + [NOTHING] * (width - len(read))))
    return [(truth, read, times) for (truth, read), times in sorted(pairs.items(), key=lambda p: (-p[1], p[0]))]


def matches(reading: Reading) -> list[tuple[int, int]]:
    """The places in the phrase and in the reading of the signs that were read rightly."""
    return [(chunk.ref_start_idx + number, chunk.hyp_start_idx + number) for chunk in _aligned([reading]).alignments[0]
            if chunk.type == "equal" for number in range(chunk.ref_end_idx - chunk.ref_start_idx)]


def held_and_doubled(readings: list[Reading]) -> dict[str, int]:
    """Is a sign that is held told from one made twice? `held`: signs that the phrase has once in their place and that
    were read there, `read_twice` of them; `doubled`: those that it has several times running, of which too few were
    read for `read_once`."""
    kinds = Counter(held=0, read_twice=0, doubled=0, read_once=0)
    for reading in readings:
        truth, read = _runs(reading.recording.signs), _runs(reading.signs)
        once = Reading(dataclasses.replace(reading.recording, signs=[sign for sign, _ in truth]),
                       [sign for sign, _ in read], reading.confidence)
        for there, here in matches(once):
            made, found = truth[there][1], read[here][1]
            kinds.update(held=made == 1, read_twice=made == 1 < found, doubled=made > 1, read_once=found < made)
    return dict(kinds)


def wer_by_sign(readings: list[Reading]) -> dict[str, dict]:
    """For each sign that occurs: how often, how often wrongly read or missed, and how often read where it is not."""
    occurs = Counter(sign for reading in readings for sign in reading.recording.signs)
    missed, added = Counter(), Counter()
    for truth, read, times in confusions(readings):
        missed[truth] += times
        added[read] += times
    return {sign: {"count": count, "missed": missed[sign], "inserted": added[sign], "error": missed[sign] / count}
            for sign, count in sorted(occurs.items())}


def sign_groups(signs: list[str], moving: set[str]) -> dict[str, set[str]]:
    """Kinds of signs that fail for reasons of their own: diacritics, movement, digits, the space, the rest.

    >>> {kind: sorted(signs) for kind, signs in sign_groups(["a", "ā", "j", "10", " "], {"ā", "j"}).items()}
    {'diacritics': ['ā'], 'moving': ['j', 'ā'], 'digits': ['10'], 'space': [' '], 'plain': ['a']}
    """
    kinds = {"diacritics": {sign for sign in signs if len(unicodedata.normalize("NFD", sign)) > len(sign)},
             "moving": moving & set(signs), "digits": {sign for sign in signs if sign.isdigit()},
             "space": {" "} & set(signs)}
    return kinds | {"plain": set(signs) - set().union(*kinds.values())}


def error_by_group(by_sign: dict[str, dict], groups: dict[str, set[str]]) -> dict[str, dict]:
    """For each kind of sign that occurs: how often, how often missed, and the share missed."""
    table = {}
    for name, members in groups.items():
        rows = [row for sign, row in by_sign.items() if sign in members]
        if count := sum(row["count"] for row in rows):
            missed = sum(row["missed"] for row in rows)
            table[name] = {"count": count, "missed": missed, "error": missed / count}
    return table


def wer_by_speed(readings: list[Reading]) -> list[dict]:
    """WER by frames a sign: `from`, `to` (None: no limit), sequences, signs, wer."""
    speed = np.array([reading.recording.frames / len(reading.recording.signs) for reading in readings])
    counts = error_counts(readings)
    rows = []
    for low, high in itertools.pairwise(SPEEDS):
        chosen = counts[(speed >= low) & (speed < high)]
        if len(chosen):
            rows.append({"from": low, "to": None if np.isinf(high) else high, "sequences": len(chosen),
                         "signs": int(chosen[:, 3].sum()), "wer": float(chosen[:, :3].sum() / chosen[:, 3].sum())})
    return rows


def calibration(readings: list[Reading]) -> dict:
    """Is a confidence of 0.8 right in 8 readings of 10? Bins of confidence, and the mean distance from the truth.

    Guo et al. 2017, "On Calibration of Modern Neural Networks": the expected calibration error. A reading is right
    when all its signs are.
    """
    confidence = np.array([reading.confidence for reading in readings])
    right = np.array([reading.signs == reading.recording.signs for reading in readings])
    place = np.clip(np.digitize(confidence, CONFIDENCES) - 1, 0, len(CONFIDENCES) - 2)
    bins = [{"confidence": float(confidence[place == number].mean()), "right": float(right[place == number].mean()),
             "sequences": int((place == number).sum())} for number in np.unique(place)]
    error = sum(row["sequences"] * abs(row["confidence"] - row["right"]) for row in bins) / len(readings)
    return {"bins": bins, "error": float(error)}


def errors_by_recording(readings: list[Reading]) -> dict[str, list]:
    """What a paired test needs of each recording: [phrase, errors, signs]."""
    return {reading.recording.name: [reading.recording.phrase, int(counts[:3].sum()), int(counts[3])]
            for reading, counts in zip(readings, error_counts(readings))}


def paired_test(first: dict[str, list], second: dict[str, list], seed: int = 0) -> dict:
    """Two readings of the same recordings (`errors_by_recording`): is the difference of their WER more than chance?

    `difference` is the second WER minus the first, with its 95 % interval over whole phrases drawn again (Bisani, Ney
    2004, "Bootstrap estimates for confidence intervals in ASR performance evaluation"); `p`: how often a difference
    as large comes out when each phrase's two readings are exchanged at random. Raises DataError without a recording
    that both have.
    """
    names = sorted(name for name in set(first) & set(second) if first[name][0] == second[name][0])
    if not names:
        raise DataError("Salīdzinājums", "eksperimentiem nav neviena kopīga ieraksta",
                        "Salīdziniet tos, kam viens sadalījums")
    phrases, group = np.unique([first[name][0] for name in names], return_inverse=True)
    changes = np.bincount(group, [second[name][1] - first[name][1] for name in names])
    signs = np.bincount(group, [first[name][2] for name in names])
    rng = np.random.default_rng(seed)
    draws = rng.integers(len(phrases), size=(RESAMPLES, len(phrases)))
    interval = np.quantile(changes[draws].sum(axis=1) / signs[draws].sum(axis=1), (0.025, 0.975))
    exchanged = np.abs(rng.choice([-1, 1], size=(RESAMPLES, len(phrases))) @ changes)
    return {"recordings": len(names), "phrases": len(phrases), "difference": float(changes.sum() / signs.sum()),
            "interval": [float(value) for value in interval],
            "p": float((1 + (exchanged >= abs(changes.sum()) - 1e-9).sum()) / (1 + RESAMPLES))}


def worst(readings: list[Reading], count: int = 10) -> list[tuple[Reading, int]]:
    """The readings with the most errors a sign, worst first, with their errors; those without errors left out."""
    errors = error_counts(readings)
    share = errors[:, :3].sum(axis=1) / errors[:, 3]
    order = [i for i in np.argsort(-share, kind="stable") if share[i] > 0]
    return [(readings[i], int(errors[i, :3].sum())) for i in order[:count]]


def _runs(signs: list[str]) -> list[tuple[str, int]]:
    """Signs and how many times running each stands."""
    return [(sign, len(list(run))) for sign, run in itertools.groupby(signs)]


def _aligned(readings: list[Reading]):
    names: dict[str, str] = {}

    def text(signs: list[str]) -> str:
        return " ".join(names.setdefault(sign, f"s{len(names)}") for sign in signs)

    return jiwer.process_words([text(r.recording.signs) for r in readings], [text(r.signs) for r in readings])
