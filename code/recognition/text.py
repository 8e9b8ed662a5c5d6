"""Signs as text that a person would write, and what a list of words makes of it.

A word of the list takes the place of what was read where it spells nearly the same and the network finds it nearly as
probable; the two always stand side by side, nothing is replaced silently.
"""

import dataclasses
import itertools
import math
import unicodedata
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from ground.errors import DataError
from ground.files import shown
from ground.signs import read_phrase
from recognition.alignment import LEAST, Sign

DOUBTFUL = 0.7  # a sign of less confidence is marked
#: A word may differ from what was read in a third of its signs, and be so many times less probable; chosen on 300
#: generated recordings, where it halves the errors in words of the list and spoils nothing that was read rightly.
FARTHEST, LESS_PROBABLE = 1 / 3, 1e3
LONGEST_LETTER = 3  # characters, as in "sch": a sign with a longer name is a word
SHORTEST = 3  # signs: of shorter words nearly every string is one


@dataclasses.dataclass(frozen=True)
class Correction:
    """Signs `start` to `stop` of a line are read as `read`; the list has `word`, `ratio` times as probable."""

    start: int
    stop: int
    read: str
    word: str
    ratio: float


def text_of(signs: Iterable[str]) -> str:
    """Signs as a line of text: a capital at its start, spaces where the space was signed and around words, once each.

    >>> text_of(["k", "ā", " ", "t", "e", "v", "i", " ", "10"])
    'Kā tevi 10'
    >>> text_of(["labdien", "e", "s"])
    'Labdien es'
    """
    text = _apart(signs)
    return text[:1].upper() + text[1:]


def _apart(signs: Iterable[str]) -> str:
    return " ".join("".join(f" {sign} " if is_word(sign) else sign for sign in signs).split())


def is_word(sign: str) -> bool:
    """Whether a sign, in brackets or not, stands for a whole word."""
    return len(sign.strip("[]")) > LONGEST_LETTER


def marked_text(signs: list[Sign]) -> str:
    """The same with doubtful signs in brackets.

    >>> marked_text([Sign("r", 0, 1, 0.9, "n", 0.1, 1), Sign("ī", 1, 2, 0.6, "i", 0.4, 2)])
    'R[ī]'
    >>> marked_text([Sign("r", 0, 1, 0.4, "n", 0.1, 1)])
    '[R]'
    """
    text = text_of(f"[{sign.sign}]" if doubtful(sign) else sign.sign for sign in signs)
    return text[:1] + text[1:2].upper() + text[2:] if text[:1] == "[" else text


def doubtful(sign: Sign) -> bool:
    """Whether a sign is to be marked."""
    return sign.confidence < DOUBTFUL


def read_words(path: Path, signs: list[str]) -> dict[str, list[str]]:
    """The words of a text file (UTF-8, apart by spaces and lines, or phrases a-b-c a line) -> their signs.

    Words with letters that the model does not know are left out. Raises DataError for no file and for no text.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        raise DataError(shown(path), "vārdu sarakstu nevar nolasīt", "Vajag teksta failu UTF-8 kodējumā") from None
    known, words = {sign: number for number, sign in enumerate(signs)}, {}
    text = unicodedata.normalize("NFC", " ".join(line for line in lines if not line.startswith("#")))
    for word in text.replace("- -", " ").split():
        try:
            spelled = read_phrase(word if "-" in word else "-".join(word), known)
        except DataError:
            continue
        words[text_of(spelled).lower()] = spelled
    return words


def corrections(signs: list[Sign], probabilities: np.ndarray, names: list[str],
                words: dict[str, list[str]], steps: list[int]) -> list[Correction]:
    """What a list of words (`read_words`) would change in a line.

    probabilities (T', classes + 1), blank last, of the line; `names`: signs by index; `steps`: the step of each sign.
    """
    index = {name: number for number, name in enumerate(names)}
    found = []
    for start, stop in _words_of(signs):
        read = [sign.sign for sign in signs[start:stop]]
        if len(read) < SHORTEST or text_of(read).lower() in words:
            continue
        begin = steps[start - 1] + 1 if start else 0
        end = steps[stop] if stop < len(steps) else len(probabilities)
        part = np.log(np.maximum(probabilities[begin:end], LEAST))
        near = [word for word in words.values() if _near(read, word)]
        scored = [(log_probability(part, [index[sign] for sign in word]), word) for word in near]
        if not scored:
            continue
        best, word = max(scored)
        ratio = best - log_probability(part, [index[sign] for sign in read])
        if ratio > -math.log(LESS_PROBABLE):
            found.append(Correction(start, stop, _apart(read), _apart(word), math.exp(min(ratio, 0))))
    return found


def log_probability(logs: np.ndarray, labels: list[int]) -> float:
    """log P(labels | frames) over all ways of CTC; logs (T', classes + 1): log probabilities, blank last."""
    blank = logs.shape[1] - 1
    states = np.array([blank] + [each for label in labels for each in (label, blank)])
    if not len(logs) or 2 * len(logs) + 1 < len(states):
        return -math.inf
    leap = (states != blank) & (np.arange(len(states)) > 1) & (states != np.roll(states, 2))
    scores = np.full(len(states), -np.inf)
    scores[:2] = logs[0, states[:2]]
    for frame in logs[1:, states]:
        skipped = np.where(leap, np.r_[[-np.inf] * 2, scores[:-2]][:len(states)], -np.inf)
        scores = np.logaddexp(np.logaddexp(scores, np.r_[-np.inf, scores[:-1]]), skipped) + frame
    return float(np.logaddexp(scores[-1], scores[-2]))


def _words_of(signs: list[Sign]) -> list[tuple[int, int]]:
    """Where the words of a line start and stop."""
    spaces = [-1] + [number for number, sign in enumerate(signs) if sign.sign == " "] + [len(signs)]
    return [(before + 1, after) for before, after in itertools.pairwise(spaces) if after > before + 1]


def _near(read: list[str], word: list[str]) -> bool:
    """Whether a word differs from what was read in few enough signs (Levenshtein 1966)."""
    most = max(1, math.floor(FARTHEST * max(len(read), len(word))))
    if abs(len(read) - len(word)) > most:
        return False
    row = list(range(len(word) + 1))
    for number, sign in enumerate(read, 1):
        before, row = row, [number]
        for place, other in enumerate(word, 1):
            row.append(min(before[place] + 1, row[-1] + 1, before[place - 1] + (sign != other)))
    return row[-1] <= most
