"""From probabilities by frame to signs: greedy decoding, and prefix beam search with or without a language model.

Prefix beam search adds up all the ways in which CTC can spell the same signs (Graves et al. 2006; Hannun et al. 2014,
"First-Pass Large Vocabulary Continuous Speech Recognition using Bi-Directional Recurrent DNNs"). A sign of which the
network is a little sure in many frames, and in none more than of the blank, is read; greedy decoding drops it.
A network hesitates by saying nothing: the beam reads nothing only where that is EMPTY_AT_LEAST times as probable as any
other reading. Of 780 moving letters that reads 0.921 rather than 0.876 rightly, and of hands that sign nothing 1.6
signs a minute rather than 0.3 (the ASL base).
"""

import math
from collections.abc import Callable
from functools import partial

import numpy as np

from ground.signs import join_phrase
from utils.language import SignModel

WIDTH = 8
LANGUAGE_WEIGHT = 0.3
EMPTY_AT_LEAST = 10.0
#: Signs less probable than this in a frame are not followed: even a hundred such frames make only one in a hundred.
LEAST_PROBABILITY = 1e-4
NEVER = -math.inf
#: (T', classes + 1) and the signs by index -> signs, confidence.
Decoder = Callable[[np.ndarray, list[str]], tuple[list[str], float]]
#: log P(sign | signs before it), of indices of the char_map.
Language = Callable[[tuple[int, ...], int], float]


def read_greedily(probabilities: np.ndarray, signs: list[str]) -> tuple[list[str], float]:
    """The most probable sign of each frame, repeats joined, blanks dropped; (T', classes + 1) -> signs, confidence.

    `signs` are the char_map's signs by index. The confidence is the probability of that one way through the frames:
    a lower bound of what `read_with_beam` gives. Without any frame nothing is read, with confidence 0.
    """
    if not len(probabilities):
        return [], 0.0
    best = probabilities.argmax(axis=-1)
    changed = np.diff(best, prepend=-1) != 0
    reading = [signs[index] for index in best[changed] if index < len(signs)]
    return reading, float(np.exp(np.log(np.maximum(probabilities.max(axis=-1), 1e-30)).sum()))


def read_with_beam(probabilities: np.ndarray, signs: list[str], width: int = WIDTH,
                   language: Language | None = None, weight: float = 0.0) -> tuple[list[str], float]:
    """The most probable signs, all ways through the frames added up; (T', classes + 1) -> signs, confidence.

    Nothing is read only where it is EMPTY_AT_LEAST times as probable as any other reading. The confidence is the
    probability of the whole reading, 0 to 1, as the network sees it (without the language model). `language` adds
    `weight` times its log probability for every sign, when readings are compared. Without any frame nothing is read,
    with confidence 0.
    """
    if not len(probabilities):
        return [], 0.0
    beams = {(): (0.0, NEVER, 0.0)}  # prefix -> log P(ends in blank), log P(ends in its last sign), language
    for frame in np.log(np.maximum(probabilities, 1e-30)):
        beams = _one_frame(beams, frame, language, weight)
        kept = sorted(beams, key=lambda prefix: -_score(beams[prefix]))[:width]
        beams = {prefix: beams[prefix] for prefix in kept}
    best = max(beams, key=lambda prefix: _score(beams[prefix]) - (0.0 if prefix else math.log(EMPTY_AT_LEAST)))
    return [signs[index] for index in best], float(np.clip(math.exp(_sum(*beams[best][:2])), 0, 1))


def decoders(phrases: list[list[str]], char_map: dict[str, int], judged: set[str]) -> dict[str, Decoder]:
    """The ways of decoding, by the names that users see; the language model counts `phrases` that are not `judged`."""
    heard = [phrase for phrase in phrases if set(phrase) <= set(char_map) and join_phrase(phrase) not in judged]
    language = SignModel(heard, char_map)
    return {"ticamākā ik solī (greedy)": read_greedily, "staru meklēšana": read_with_beam,
            "staru meklēšana ar valodas modeli": partial(read_with_beam, language=language, weight=LANGUAGE_WEIGHT)}


def _one_frame(beams: dict, frame: np.ndarray, language: Language | None, weight: float) -> dict:
    blank = len(frame) - 1
    likely = [int(i) for i in np.flatnonzero(frame[:blank] > math.log(LEAST_PROBABILITY))]
    after: dict[tuple[int, ...], tuple[float, float, float]] = {}

    def add(prefix, in_blank, in_sign, spoken):
        old = after.get(prefix, (NEVER, NEVER, spoken))
        after[prefix] = (_sum(old[0], in_blank), _sum(old[1], in_sign), spoken)

    for prefix, (in_blank, in_sign, spoken) in beams.items():
        both = _sum(in_blank, in_sign)
        add(prefix, both + frame[blank], in_sign + frame[prefix[-1]] if prefix else NEVER, spoken)
        for sign in likely:
            # The same sign twice needs a blank between; without one it is the same sign, held.
            before = in_blank if prefix and sign == prefix[-1] else both
            if before > NEVER:
                add((*prefix, sign), NEVER, before + frame[sign],
                    spoken + weight * language(prefix, sign) if language else spoken)
    return after


def _score(beam: tuple[float, float, float]) -> float:
    return _sum(beam[0], beam[1]) + beam[2]


def _sum(first: float, second: float) -> float:
    """log(exp(first) + exp(second))."""
    if first < second:
        first, second = second, first
    return first if second == NEVER else first + math.log1p(math.exp(second - first))
