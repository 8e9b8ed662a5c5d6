"""What was read as a notebook shows it: the text large, tables of its signs and of its doubts (Latvian)."""

import re

import pandas as pd
from IPython.display import Markdown

from ground.signs import NOTHING
from recognition.alignment import Sign
from recognition.recognise import Recognition
from recognition.text import doubtful, marked_text, text_of
from results.figures import named

MOST_ROWS = 1000
NOTHING_READ = "*(nekas nav nolasīts)*"


def large_text(recognition: Recognition) -> Markdown:
    """A heading for each line; doubtful signs in brackets."""
    lines = [re.sub(r"([\\`*_{}#+!<>|~-])", r"\\\1", marked_text(line.signs)) for line in recognition.lines]
    return Markdown("\n\n".join(f"# {line}" for line in lines) or f"# {NOTHING_READ}")


def signs_table(recognition: Recognition) -> pd.DataFrame:
    """A row a sign: when it begins and ends (seconds), and how sure it is."""
    signs = _signs(recognition)[:MOST_ROWS]
    return pd.DataFrame({"zīme": [named(sign.sign) for sign in signs], "sākums, s": [_seconds(s.start) for s in signs],
                         "beigas, s": [_seconds(sign.end) for sign in signs],
                         "ticamība": [_percent(sign.confidence) for sign in signs]})


def doubts_table(recognition: Recognition) -> pd.DataFrame | Markdown:
    """A row for each doubtful sign: what else it may be; a sentence where there is none."""
    signs = [sign for sign in _signs(recognition) if doubtful(sign)][:MOST_ROWS]
    if not signs:
        return Markdown("Apšaubāmu zīmju nav.")
    return pd.DataFrame({"laiks, s": [_seconds(sign.at) for sign in signs],
                         "nolasīts": [named(sign.sign) for sign in signs],
                         "ticamība": [_percent(sign.confidence) for sign in signs],
                         "varbūt": ["nekas" if sign.second == NOTHING else named(sign.second) for sign in signs],
                         "tā ticamība": [_percent(sign.second_confidence) for sign in signs]})


def corrections_table(recognition: Recognition) -> pd.DataFrame | Markdown:
    """A row for each word that a list of words has in the place of what was read; a sentence where there is none."""
    changes = [change for changes in recognition.corrections for change in changes]
    if not changes:
        return Markdown("Saraksts neko neiesaka: nolasītais tajā ir vai nav līdzīgs nevienam vārdam.")
    return pd.DataFrame({"nolasīts": [text_of(change.read) for change in changes],
                         "sarakstā": [text_of(change.word) for change in changes],
                         "cik reižu mazāk ticams": [f"{1 / max(change.ratio, 1e-9):.0f}" for change in changes]})


def doubts_sentence(recognition: Recognition) -> str:
    """How many signs are doubtful (Latvian)."""
    signs = _signs(recognition)
    count = sum(doubtful(sign) for sign in signs)
    return f"Apšaubāmas zīmes: {count} no {len(signs)}." if signs else "Neviena zīme nav nolasīta."


def _signs(recognition: Recognition) -> list[Sign]:
    return [sign for line in recognition.lines for sign in line.signs]


def _seconds(value: float) -> str:
    return f"{value:.2f}"


def _percent(value: float) -> str:
    return f"{100 * value:.0f} %"
