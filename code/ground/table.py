"""landmarks.csv: one row a recording, written by extraction, completed by hand (signer, session), read by the rest.

A spreadsheet may have saved it: with ";" between columns, a byte order mark, decimal commas. All are understood.
"""

import unicodedata
from pathlib import Path

import pandas as pd

from ground.errors import DataError
from ground.files import shown, written_whole

TABLE_NAME = "landmarks.csv"
FILLED_BY_USER = ("signer", "session")
COLUMNS = ("name", "phrase", "source", "fingerprint", "frames", "fps", "width", "height", "seconds", "right_hand",
           "left_hand", "body", "longest_gap", "mirrored", "generated", "signer", "session", "status", "reason")
DONE, FAILED, STARTED = "gatavs", "izlaists", "iesākts"


def read_table(path: Path, required: bool = False) -> pd.DataFrame:
    """All cells as text, indexed by the recording's name; an empty table when there is no file.

    Raises DataError when a `required` file is missing, the column `name` is missing or a name stands twice.
    """
    if not path.exists() and not required:
        return pd.DataFrame(columns=list(COLUMNS), dtype=str).set_index("name", drop=False)
    try:
        with open(path, encoding="utf-8-sig") as file:
            header = file.readline()
        separator = max(",;\t", key=header.count)
        table = pd.read_csv(path, sep=separator, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except FileNotFoundError:
        raise DataError(shown(path), "tabulas nav", "Pārbaudiet TABLE") from None
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError):
        raise DataError(shown(path), "tabulu nevar nolasīt", "Saglabājiet to kā «CSV UTF-8»") from None
    if "name" not in table.columns:
        raise DataError(shown(path), "tabulā nav kolonnas «name»", "Pirmajā rindā jābūt kolonnu nosaukumiem")
    table["name"] = [unicodedata.normalize("NFC", name) for name in table["name"]]
    twice = table["name"][table["name"].duplicated() & (table["name"] != "")]
    if len(twice):
        raise DataError(shown(path), f"ieraksts «{twice.iloc[0]}» ir divās rindās", "Atstājiet vienu")
    return table.set_index("name", drop=False)


def write_table(path: Path, rows: list[dict]) -> None:
    """Writes the rows in the columns' order, others after them; whole or not at all."""
    columns = list(dict.fromkeys([*COLUMNS, *(column for row in rows for column in row)]))
    cells = [[row.get(column, "") for column in columns] for row in rows]
    table = pd.DataFrame(cells, columns=columns, dtype=object)  # else an empty cell makes 30.0 of every 30 above it
    with written_whole(path) as temporary:
        table.to_csv(temporary, index=False, encoding="utf-8-sig")


def cell(table: pd.DataFrame, name: str, column: str) -> str:
    """A cell as text without surrounding blanks; empty where the row or the column does not exist."""
    if name not in table.index or column not in table.columns:
        return ""
    return str(table.at[name, column]).strip()


def number(text: str) -> float | None:
    """A number as a person or a spreadsheet writes it, None for anything else.

    >>> number("29,97")
    29.97
    """
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None
