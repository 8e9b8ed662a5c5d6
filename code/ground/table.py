"""landmarks.csv: one row a recording, written by extraction, completed by hand (signer, session), read by the rest.

A spreadsheet or pandas may have saved it: with ";" between columns, a byte order mark, `sep=;` in the first line,
decimal commas, 1.0 or TRUE (in the user's language) for 1. All are understood, or named with the row and the column.
Beside the table lies its copy as a program last wrote it: it tells a row that was deleted from an array that never had
one, and stands in for a table that is gone.
"""

import csv
import io
import re
import unicodedata
from pathlib import Path

import pandas as pd

from ground.errors import DataError
from ground.files import shown, written_whole

TABLE_NAME = "landmarks.csv"
COPY_NAME = ".landmarks_last.csv"
FILLED_BY_USER = ("signer", "session")
COLUMNS = ("name", "phrase", "source", "fingerprint", "frames", "fps", "width", "height", "seconds", "right_hand",
           "left_hand", "body", "longest_gap", "tracker", "tracker_setting", "mirrored", "generated", "signer",
           "session", "status", "reason")
YES_NO = ("mirrored", "generated")
TEXTS, NOT_A_NUMBER = ("signer", "session", "status", "reason"), ("nan", "NaN", "<NA>", "None")  # pandas' empty cells
UNNAMED = "bez nosaukuma"
WHOLE_NUMBERS = ("frames", "width", "height", "longest_gap")
DONE, FAILED, WAITING, STARTED, GONE = "gatavs", "izlaists", "gaida", "iesākts", "bez video"
STATUSES = (DONE, FAILED, WAITING, STARTED, GONE)
RENDERED = "virtual_signer"  # a video whose name begins so shows no person (they ship with the repository)
PRACTICE = "virtuālais rādītājs"  # so begins the source of a row that the virtual signer's practice has
SAVE_AGAIN = "Saglabājiet to kā «CSV UTF-8»"
# As programs write them: pandas a number, Excel the word of the user's language (lv, en, ru, lt, et, de, pl, fr, es).
YES = {"true", "yes", "y", "t", "jā", "ja", "j", "patiess", "да", "истина", "taip", "tõene", "wahr", "prawda", "vrai",
       "verdadero", "x", "✓"}
NO = {"", "false", "no", "n", "f", "nē", "ne", "aplams", "нет", "ложь", "väär", "falsch", "fałsz", "faux", "falso", "-"}


def read_table(path: Path, required: bool = False) -> pd.DataFrame:
    """All cells as text, indexed by the recording's name; an empty table when there is no file.

    Yes and no are "1" and "0", whole numbers have no decimals. `attrs["copy"]`: the rows by name as a program last
    wrote them; of a table that is gone, these are read. Raises DataError when a `required` file is missing, and for
    what cannot be understood, naming the row and the column.
    """
    copy = {row["name"]: row for row in _remembered(path)}
    rows = read_rows(path) if path.exists() or required else list(copy.values())
    columns = list(dict.fromkeys(column for row in rows for column in row)) or list(COLUMNS)
    table = pd.DataFrame([[row.get(column, "") for column in columns] for row in rows], columns=columns, dtype=object)
    table = table.set_index("name", drop=False)
    table.attrs["copy"] = copy
    return table


def read_rows(path: Path) -> list[dict]:
    """The rows of a table, as `read_table` gives them."""
    text, told = _text(path), ""
    if text[:4].lower() == "sep=":  # Excel's own way to say what parts the columns
        told, _, text = text.partition("\n")
    if not text.strip():
        raise DataError(shown(path), "tabula ir tukša", "Izdzēsiet to un palaidiet extract_landmarks")
    separator = told[4:].strip("\r") or max(",;\t", key=text.partition("\n")[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator[0])
    try:
        header = _header(next(reader), path)
        rows = [_row(header, cells, f"{shown(path)}, {bool(told) + reader.line_num}. rinda") for cells in reader
                if any(cell.strip() for cell in cells)]
    except csv.Error as error:
        raise DataError(shown(path), f"tabulu nevar nolasīt ({error})", SAVE_AGAIN) from None
    _with_known_names(rows, path)
    seen: set[str] = set()
    for row in rows:
        if row["name"] in seen and row["name"]:
            raise DataError(shown(path), f"ieraksts «{row['name']}» ir divās rindās", "Atstājiet vienu")
        seen.add(row["name"])
    return rows


def write_table(path: Path, rows: list[dict]) -> None:
    """Writes the copy, then the table, in the columns' order, others after them; each whole or not at all."""
    write_copy(path, rows)
    _write(path, rows)


def write_copy(path: Path, rows: list[dict]) -> None:
    """Writes the copy of the table at `path` alone: what a program knows while the table itself cannot be written."""
    _write(path.with_name(COPY_NAME), rows)


def _write(path: Path, rows: list[dict]) -> None:
    columns = list(dict.fromkeys([*COLUMNS, *(column for row in rows for column in row)]))
    with written_whole(path) as temporary, open(temporary, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([row.get(column, "") for column in columns] for row in rows)


def is_generated(row: dict) -> bool:
    """Whether a row's recording shows no person; practice and drawn videos are known by their source too."""
    source = row.get("source", "")
    return row.get("generated") == "1" or source.startswith(PRACTICE) or source.rpartition("/")[2].startswith(RENDERED)


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


def left_out(row: dict) -> str:
    """Why a recording is not used, as its row says ("" where it is used, or where the row says nothing of it)."""
    status, reason = row.get("status", ""), row.get("reason", "").strip(" .")
    if status == GONE:
        return ("tā video vairs nav. Ielieciet video atpakaļ un palaidiet extract_landmarks; ja ierakstu vajag bez "
                "video, izdzēsiet tabulā tā šūnas source un status.")
    if status == FAILED:
        return f"{reason or 'tabulā tam ir statuss «izlaists»'}."
    if status in (STARTED, WAITING) and not row.get("source", "").startswith(PRACTICE):  # practice's arrays are whole
        return f"{reason or 'apstrāde nav pabeigta. Palaidiet extract_landmarks vēlreiz'}."
    return ""


def same_spelling(text: str) -> str:
    """A cell's value as one who reads it takes it: "Anna" and "anna " are one signer.

    >>> same_spelling(" Anna  Bērziņa")
    'anna bērziņa'
    """
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def _remembered(path: Path) -> list[dict]:
    """The copy's rows; a copy that cannot be read is none."""
    copy = path.with_name(COPY_NAME)
    if path.name != TABLE_NAME or not copy.exists():
        return []
    try:
        return read_rows(copy)
    except DataError:
        return []


def _with_known_names(rows: list[dict], path: Path) -> None:
    """A name in capitals or with blanks around it is the copy's name that it is meant to be."""
    if path.name != TABLE_NAME:
        return
    known = {same_spelling(row["name"]): row["name"] for row in _remembered(path)}
    names = set(known.values())
    for row in rows:
        if row["name"] not in names:
            row["name"] = known.get(same_spelling(row["name"]), row["name"])


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
        return content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except FileNotFoundError:
        raise DataError(shown(path), "tabulas nav", "Pārbaudiet TABLE") from None
    except UnicodeDecodeError:
        raise DataError(shown(path), "tabulu nevar nolasīt", SAVE_AGAIN) from None
    except OSError as error:
        raise DataError(shown(path), f"tabulu nevar nolasīt ({error.strerror})", "Pārbaudiet failu") from None


def _header(cells: list[str], path: Path) -> list[str]:
    """The columns' names; a known one in capitals is meant as the known one."""
    header = [cell.strip() for cell in cells]
    while header and not header[-1]:
        header.pop()
    header = [cell or f"{UNNAMED} {len([*filter(None, header)]) + number}" if number else cell
              for number, cell in enumerate(header)]  # without a name the first is pandas' row numbers
    header = [cell.lower() if cell.lower() in COLUMNS and cell.lower() not in header else cell for cell in header]
    if "name" not in header:
        raise DataError(shown(path), "tabulā nav kolonnas «name»", "Pirmajā rindā jābūt kolonnu nosaukumiem")
    if twice := [column for column in header if header.count(column) > 1 and column]:
        raise DataError(shown(path), f"kolonna «{twice[0]}» ir divreiz", "Atstājiet vienu")
    return header


def _row(header: list[str], cells: list[str], place: str) -> dict:
    if any(cells[len(header):]):
        raise DataError(place, f"šūnu skaits tajā ir {len(cells)}, bet kolonnu virsrakstu ir {len(header)}",
                        "Ielieciet trūkstošo virsrakstu vai izdzēsiet lieko šūnu")
    row = {column: text for column, text in zip(header, [*cells, *[""] * len(header)]) if column}
    row["name"] = unicodedata.normalize("NFC", row["name"])
    if "phrase" in row and row["name"].rpartition("_")[2].isdecimal():
        row["phrase"] = row["name"].rpartition("_")[0]  # a spreadsheet may have made a date of it
    for column in set(TEXTS) & set(header):
        row[column] = "" if row[column] in NOT_A_NUMBER else row[column]
    if (status := same_spelling(row.get("status", ""))) in STATUSES:
        row["status"] = status
    for column in YES_NO:
        if column in row:
            row[column] = _yes_no(row[column], f"{place}, kolonna «{column}»")
    for column in set(WHOLE_NUMBERS) & set(header):
        row[column] = re.sub(r"^(\d+)[.,]00?$", r"\1", row[column].strip())  # pandas makes 30.0 of 30
    return row


def _yes_no(text: str, place: str) -> str:
    value, word = number(text), same_spelling(text)
    if value in (0, 1):
        return str(int(value))
    if word in YES or word in NO:
        return str(int(word in YES)) if word else ""
    raise DataError(place, f"«{text}» nav ne jā, ne nē", "Ierakstiet 1 (jā) vai 0 (nē)")
