"""Names of recordings: `<phrase>_<take>`, borne by an array's file and by its row in landmarks.csv."""

import unicodedata
from pathlib import Path


def array_path(arrays: Path, phrase: str, name: str) -> Path:
    """Where a recording's array lies."""
    return arrays / phrase / f"{name}.npy"


def name_of(path: Path) -> str:
    """A recording's name, from its array's file; macOS gives decomposed letters."""
    return unicodedata.normalize("NFC", path.stem)


def phrase_of(row: dict) -> str:
    """A row's phrase, from its name: a spreadsheet may have turned the phrase "1-2" into a date."""
    return row.get("name", "").rpartition("_")[0]


def taken_names(rows: dict[str, dict], arrays: Path) -> set[str]:
    """The names of recordings in the table's rows and on disk."""
    return set(rows) | {name_of(path) for path in arrays.glob("*/*.npy")}


def next_name(phrase: str, taken: set[str]) -> str:
    """The next take of a phrase that is not taken."""
    take = 1
    while f"{phrase}_{take:04}" in taken:
        take += 1
    return f"{phrase}_{take:04}"


def some(names: list[str], most: int = 5) -> str:
    """Some names in a sentence (Latvian)."""
    return ", ".join(names[:most]) + (f" un vēl {len(names) - most}" if len(names) > most else "")
