"""Phrases to practise: everyday words, names, places and numbers from a list, and strings drawn at random.

The list (code/alphabets/phrases_lzv.txt) was written for this project. Random strings give every pair of signs a
chance; phrases with rare signs are drawn more often, so that ž is practised as well as a.
"""

import unicodedata
from pathlib import Path

import numpy as np

from ground.errors import DataError
from ground.files import shown
from signer.alphabet import Alphabet

#: Shares of the phrases drawn: a sign by itself, a string at random; the rest comes from the list.
ALONE, AT_RANDOM = 0.1, 0.35
LONGEST_AT_RANDOM = 8
#: Of the strings at random, so many have a sign twice in a row.
DOUBLED = 0.3


def spell(text: str, signs: set[str]) -> list[str]:
    """The signs of a text: a word that is a sign by itself (10) is that sign, others are spelled.

    >>> spell("10 kaķi", {"10", "1", "0", "k", "a", "ķ", "i", " "})
    ['10', ' ', 'k', 'a', 'ķ', 'i']

    A phrase as folders are named is understood too.

    >>> spell("k-a-10", {"10", "1", "0", "k", "a"})
    ['k', 'a', '10']
    """
    text = unicodedata.normalize("NFC", text).lower()
    if "-" in text and "-" not in signs and set(parted := text.split("-")) <= signs:
        return parted
    words = text.split()
    spelled = [[word] if word in signs else list(word) for word in words]
    return [sign for number, word in enumerate(spelled) for sign in ([" "] if number else []) + word]


def read_phrases(path: Path, alphabet: Alphabet) -> list[list[str]]:
    """The phrases of a list, one a line, "#" before a remark. Raises DataError naming a line that cannot be spelled."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError:
        raise DataError(shown(path), "frāžu saraksta nav", "Pārbaudiet PHRASES") from None
    except UnicodeDecodeError:
        raise DataError(shown(path), "frāžu saraksts nav UTF-8 kodējumā", "Saglabājiet to kā «UTF-8» tekstu") from None
    phrases = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        phrases.append(spell_in(line, alphabet, f"{shown(path)}, {number}. rinda",
                                "Izlabojiet rindu vai norādiet PHRASES, kas pieder pie ALPHABET"))
    return phrases


def spell_in(text: str, alphabet: Alphabet, place: str, remedy: str) -> list[str]:
    """The signs of a text, all in the alphabet. Raises DataError naming the place and the sign that is not."""
    phrase = spell(text, set(alphabet.signs))
    if unknown := [sign for sign in phrase if sign not in alphabet.signs]:
        raise DataError(place, f"zīmes «{unknown[0]}» nav alfabētā {alphabet.name}", remedy)
    return phrase


def draw_phrases(count: int, listed: list[list[str]], signs: list[str], rng: np.random.Generator) -> list[list[str]]:
    """`count` phrases: from the list (rare signs preferred), at random, and single signs."""
    weights = phrase_weights(listed, signs)
    return [draw_phrase(listed, weights, signs, rng) for _ in range(count)]


def draw_phrase(listed: list[list[str]], weights: np.ndarray, signs: list[str], rng: np.random.Generator) -> list[str]:
    """One phrase; `weights` are those of the list (`phrase_weights`)."""
    kind = rng.random()
    if kind < ALONE:
        return [str(rng.choice([sign for sign in signs if sign != " "]))]
    if kind < ALONE + AT_RANDOM or not listed:
        return _at_random(signs, rng)
    return listed[rng.choice(len(listed), p=weights)]


def _at_random(signs: list[str], rng: np.random.Generator) -> list[str]:
    phrase = [str(sign) for sign in rng.choice(signs, rng.integers(2, LONGEST_AT_RANDOM + 1))]
    if rng.random() < DOUBLED:
        twice = int(rng.integers(len(phrase)))
        phrase.insert(twice, phrase[twice])
    # A space is a pause between words: not before the first sign, after the last, or after another space.
    letters = [sign for sign in signs if sign != " "]
    return [str(rng.choice(letters)) if sign == " " and (place in (0, len(phrase) - 1) or phrase[place - 1] == " ")
            else sign for place, sign in enumerate(phrase)]


def phrase_weights(listed: list[list[str]], signs: list[str]) -> np.ndarray:
    """A phrase's chance: the mean of what its signs are rare by."""
    counts = {sign: 1 + sum(phrase.count(sign) for phrase in listed) for sign in signs}
    rare = np.array([np.mean([counts[sign] ** -0.5 for sign in phrase if sign in counts] or [0]) for phrase in listed])
    return rare / rare.sum() if len(rare) else rare


def take_rarest(pool: list[list[str]], counts: dict[str, int], wanted: int) -> list[str]:
    """Takes from `pool` the phrase with most signs that occur less than `wanted` times so far, short ones first, and
    counts its signs."""
    def gain(phrase: list[str]) -> float:
        return sum(max(wanted - counts[sign], 0) for sign in set(phrase)) / len(phrase) ** 0.5

    taken = pool.pop(max(range(len(pool)), key=lambda place: gain(pool[place])))
    for sign in taken:
        counts[sign] += 1
    return taken
