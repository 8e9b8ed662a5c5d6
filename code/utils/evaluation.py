"""How good a reading is: WER with its interval, WER by sign, confusions, whole sequences right.

WER: word error rate with one sign as one word (jiwer), over the whole set. The space is a sign like any other: signs
go to jiwer under names without blanks, since jiwer would drop a word that is a blank.
"""

from collections import Counter

import jiwer
import numpy as np

from utils.recordings import Reading
from utils.signs import NOTHING

RESAMPLES = 2000


def assess(readings: list[Reading]) -> dict:
    """Everything that is said of one set: `figures`, `by_sign` and `confusions`."""
    return {"figures": evaluate(readings), "by_sign": wer_by_sign(readings), "confusions": confusions(readings)}


def evaluate(readings: list[Reading], seed: int = 0) -> dict:
    """All figures of one set: `wer` with a 95 % interval, S, D, I, signs, share of sequences right and empty."""
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


def wer_by_sign(readings: list[Reading]) -> dict[str, dict]:
    """For each sign that occurs: how often, how often wrongly read or missed, and how often read where it is not."""
    occurs = Counter(sign for reading in readings for sign in reading.recording.signs)
    missed, added = Counter(), Counter()
    for truth, read, times in confusions(readings):
        missed[truth] += times
        added[read] += times
    return {sign: {"count": count, "missed": missed[sign], "inserted": added[sign], "error": missed[sign] / count}
            for sign, count in sorted(occurs.items())}


def worst(readings: list[Reading], count: int = 10) -> list[tuple[Reading, int]]:
    """The readings with the most errors a sign, worst first, with their errors; those without errors left out."""
    errors = error_counts(readings)
    share = errors[:, :3].sum(axis=1) / errors[:, 3]
    order = [i for i in np.argsort(-share, kind="stable") if share[i] > 0]
    return [(readings[i], int(errors[i, :3].sum())) for i in order[:count]]


def _aligned(readings: list[Reading]):
    names: dict[str, str] = {}

    def text(signs: list[str]) -> str:
        return " ".join(names.setdefault(sign, f"s{len(names)}") for sign in signs)

    return jiwer.process_words([text(r.recording.signs) for r in readings], [text(r.signs) for r in readings])
