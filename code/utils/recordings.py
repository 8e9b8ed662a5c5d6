"""Recordings: finding the landmark arrays in the phrase folders, checking each, naming what cannot be used."""

import dataclasses
import functools
import hashlib
import itertools
import unicodedata
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from ground.counted import counted
from ground.errors import DataError
from ground.files import shown
from ground.landmarks import FACE, POSE, WIDEST_PICTURE, hands_of, hands_seen, load_array, seen
from ground.names import name_of
from ground.signs import join_phrase, read_phrase
from ground.table import DONE, FAILED, PRACTICE, STATUSES, TABLE_NAME, cell, is_generated, left_out, number, read_table

HELD_IN_MEMORY = 2000  # arrays; of a recording of 150 frames 75 kB
MOST_ROWS = 10  # without an array that are named one by one
SMALLEST_PICTURE, LARGEST_PICTURE = 16, 20_000  # pixels
UNKNOWN_ASPECT = 16 / 9  # a laptop's or a phone's camera held lying; used where the table does not know better


@dataclasses.dataclass(frozen=True)
class Stored:
    """Hands that stay on the disk: `read` fetches them (float32 (T, 42, 3)) each time they are wanted."""

    read: Callable[[], np.ndarray]
    length: int  # T
    frames: int  # up to the last one with a hand
    digest: bytes  # of their numbers


@dataclasses.dataclass(frozen=True)
class Recording:
    """One recording as a model sees it, with what is known of it."""

    name: str
    signs: list[str]
    landmarks: np.ndarray | Stored  # the hands, float32 (T, 42, 3), raw; in a large corpus where they lie
    aspect: float = UNKNOWN_ASPECT  # picture width / height
    signer: str = ""
    session: str = ""
    generated: bool = False
    aspect_assumed: bool = False  # the table does not give the picture's size
    row: str = ""  # under which name it stands in the table

    @property
    def phrase(self) -> str:
        return join_phrase(self.signs)

    @property
    def hands(self) -> np.ndarray:
        """The hands, float32 (T, 42, 3)."""
        return self.landmarks.read() if isinstance(self.landmarks, Stored) else self.landmarks

    @property
    def length(self) -> int:
        """T, frames in all."""
        return self.landmarks.length if isinstance(self.landmarks, Stored) else len(self.landmarks)

    @property
    def frames(self) -> int:
        """Frames up to the last one with a hand: what follows is nothing to a model."""
        if isinstance(self.landmarks, Stored):
            return self.landmarks.frames
        visible = np.flatnonzero(hands_seen(self.landmarks).any(axis=1))
        return int(visible[-1]) + 1 if len(visible) else 0

    @property
    def digest(self) -> bytes:
        """SHA-256 of the hands' numbers."""
        return (self.landmarks.digest if isinstance(self.landmarks, Stored) else
                hashlib.sha256(np.ascontiguousarray(self.landmarks).tobytes()).digest())


@dataclasses.dataclass(frozen=True)
class Reading:
    """What was signed, what a network read, and how sure it was (0 to 1)."""

    recording: Recording
    signs: list[str]
    confidence: float


@dataclasses.dataclass(frozen=True)
class Problem:
    """A file that is left out (or, with `used`, taken but to be looked at) and why."""

    name: str
    reason: str
    used: bool = False


def find_recordings(folder: Path, char_map: dict[str, int], table: pd.DataFrame,
                    frames_per_sign: int = 2) -> tuple[list[Recording], list[Problem]]:
    """Every usable array below `folder`, in the order of names, and a Problem for every other.

    `table` is landmarks.csv (`table.read_table`); an array that never had a row is accepted. A row that leaves its
    recording out, that was deleted, or that has no array is named. `frames_per_sign` is the CTC's need: so many frames
    for every sign and for every pair of equal neighbours. Of more than HELD_IN_MEMORY arrays each is read once to be
    checked and then stays on the disk. Raises DataError when there is none.
    """
    recordings: dict[str, Recording] = {}
    problems: list[Problem] = []
    beside = {row["name"]: row for row in read_table(folder / TABLE_NAME).to_dict("records")}
    paths = [path for path in folder.rglob("*") if path.suffix.lower() == ".npy" and not path.name.startswith(".")]
    for path in sorted(paths, key=lambda p: unicodedata.normalize("NFC", str(p))):
        try:
            recording = _read_recording(path, folder, char_map, table, beside)
            _check(recording, recordings, frames_per_sign)
        except DataError as error:
            reason = f"{error.fault}. {error.remedy}".strip(" .") + "."
            problems.append(Problem(str(path.relative_to(folder)), reason))
            continue
        recordings[recording.name] = recording if len(paths) <= HELD_IN_MEMORY else _let_go(recording, path)
        problems += [Problem(recording.name, doubt, used=True) for doubt in _doubts(recording, table)]
    twins = _twins(list(recordings.values()))
    problems = [problem for problem in problems if problem.name not in twins]
    for name, reason in twins.items():
        del recordings[name]
        problems.append(Problem(name, reason))
    if not recordings:
        raise DataError(shown(folder), f"nav neviena derīga ieraksta (nederīgi: {len(problems)})", _cure(problems))
    there = {name_of(path) for path in paths} | {recording.row for recording in recordings.values()}
    return list(recordings.values()), problems + _without_array(table, there)


def frames_needed(signs: list[str], frames_per_sign: int) -> int:
    """Frames that CTC needs: one step a sign and one more between equal neighbours (Graves et al. 2006).

    >>> frames_needed(["a", "n", "n", "a"], 2)
    10
    """
    repeats = sum(first == second for first, second in itertools.pairwise(signs))
    return frames_per_sign * (len(signs) + repeats)


def sign_counts(recordings: list[Recording]) -> dict[str, int]:
    """How often each sign occurs."""
    counts: dict[str, int] = {}
    for recording in recordings:
        for sign in recording.signs:
            counts[sign] = counts.get(sign, 0) + 1
    return counts


def _read_recording(path: Path, folder: Path, char_map: dict[str, int], table: pd.DataFrame,
                    beside: dict[str, dict]) -> Recording:
    """`beside`: the rows of the landmarks.csv that lies with the arrays, which knows what a table of the user's own may
    not: who is no person, what was left out, how large the picture was."""
    if path.parent == folder:
        raise DataError(path.name, "fails nav frāzes mapē", "Ielieciet to mapē <frāze>/<frāze>_0001.npy")
    signs = read_phrase(path.parent.name, char_map)
    stem = name_of(path)
    phrase, _, take = stem.rpartition("_")
    if not take.isdigit() or read_phrase(phrase, char_map) != signs:
        raise DataError(path.name, f"faila vārds nesaskan ar mapi «{path.parent.name}»",
                        f"Nosauciet to {join_phrase(signs)}_0001.npy")
    name = f"{join_phrase(signs)}_{take}"
    key = stem if stem in table.index else name
    if key not in table.index and key in table.attrs.get("copy", {}):
        raise DataError(path.name, "tabulas rinda ir izdzēsta, tāpēc ieraksts ir izlaists",
                        "Ja to vajag, palaidiet extract_landmarks")
    row = beside.get(key, {}) | {column: text for column in table.columns if (text := cell(table, key, column))}
    if reason := left_out(row) or left_out(beside.get(key, {})):
        raise DataError(path.name, reason)
    size = [_picture_side(row, side, key) for side in ("width", "height")]
    if (size[0] is None) != (size[1] is None):
        raise DataError(path.name, f"tabulas rindā «{key}» ir tikai viens no width un height", "Ierakstiet abus")
    known = size[0] is not None
    if known and not 1 / WIDEST_PICTURE <= size[0] / size[1] <= WIDEST_PICTURE:
        raise DataError(path.name, f"tabulas rindā «{key}» attēls ir {size[0]} × {size[1]}, tāda nevar būt",
                        "Izlabojiet width un height")
    array = load_array(path)
    return Recording(name, signs, hands_of(array), size[0] / size[1] if known else UNKNOWN_ASPECT,
                     row.get("signer", ""), row.get("session", ""), is_generated(row) or (not row and _drawn(array)),
                     aspect_assumed=not known, row=key)


def _let_go(recording: Recording, path: Path) -> Recording:
    """The recording with its hands left on the disk."""
    stored = Stored(functools.partial(_hands_in, path), recording.length, recording.frames, recording.digest)
    return dataclasses.replace(recording, landmarks=stored)


def _hands_in(path: Path) -> np.ndarray:
    return hands_of(load_array(path))


def _drawn(array: np.ndarray) -> bool:
    """Whether an array of which nothing is known looks like the virtual signer's practice: a body in every frame and
    never a face, which Holistic finds by the body's."""
    return bool(seen(array, POSE).all() and not seen(array, FACE).any())


def _picture_side(row: dict, side: str, key: str) -> int | None:
    """The picture's width or height in pixels, None where the cell is empty. Raises DataError naming row and column."""
    text = row.get(side, "")
    value = number(text)
    if not text:
        return None
    if value is None or not SMALLEST_PICTURE <= value <= LARGEST_PICTURE or value != round(value):
        raise DataError(side, f"tabulas rindā «{key}», kolonnā «{side}» ir «{text}»",
                        "Vajag attēla izmēru pikseļos, piemēram, 1280, vai tukšu šūnu")
    return int(value)


def _doubts(recording: Recording, table: pd.DataFrame) -> list[str]:
    """What is to be looked at in a recording that is used."""
    doubts = []
    if recording.generated and recording.row not in table.index:
        doubts.append("tabulā tā nav, un tas izskatās pēc virtuālā rādītāja vingrinājuma, tāpēc par cilvēka ierakstu "
                      "to neuzskata.")
    if reason := cell(table, recording.row, "reason"):
        doubts.append(reason.strip(" .") + ".")
    status = cell(table, recording.row, "status")
    if status and status not in STATUSES:
        doubts.append(f"tabulā ir nezināms statuss «{status}»; lai ierakstu izlaistu, ierakstiet «{FAILED}».")
    if " " in (recording.signs[0], recording.signs[-1]):
        doubts.append("frāze sākas vai beidzas ar atstarpes zīmi; vai tā iecerēts?")
    return doubts


def _twins(recordings: list[Recording]) -> dict[str, str]:
    """Recordings with the very numbers of another one, by name, with the reason to leave them out: of one phrase all
    but the first, of several phrases all, for some of the labels are wrong."""
    alike: dict[bytes, list[Recording]] = {}
    for recording in recordings:
        alike.setdefault(recording.digest, []).append(recording)
    reasons = {}
    for group in alike.values():
        first, of_several = group[0], len({recording.phrase for recording in group}) > 1
        for recording in group if of_several else group[1:]:
            other = next(one for one in group if one is not recording) if recording is first else first
            reasons[recording.name] = f"tieši tie paši skaitļi ir arī ierakstā «{other.name}». Atstājiet vienu."
    return reasons


def _without_array(table: pd.DataFrame, there: set[str]) -> list[Problem]:
    """The rows of finished recordings whose array is not there; those of practice as one."""
    missing = [row for row in table.to_dict("records") if row["name"] and row["name"] not in there
               and row.get("status", "") in (DONE, "")]
    practice = [row for row in missing if row.get("source", "").startswith(PRACTICE)]
    people = [row for row in missing if row not in practice]
    reason = "tabulā ir rinda, bet masīva nav. Palaidiet extract_landmarks vai izdzēsiet rindu."
    problems = [Problem(row["name"], reason) for row in people[:MOST_ROWS]]
    for more, of_which in ((people[MOST_ROWS:], "tabulas rindām"), (practice, "vingrinājumu rindām")):
        if more:
            problems.append(Problem(f"{more[0]['name']} …", f"{len(more)} {of_which} masīva nav. Palaidiet "
                                                            "extract_landmarks vai izdzēsiet rindas."))
    return problems


def _check(recording: Recording, known: dict[str, Recording], frames_per_sign: int) -> None:
    if recording.name in known:
        raise DataError(recording.name, f"ieraksts «{recording.name}» ir arī citā mapē ar to pašu frāzi",
                        "Pārdēvējiet vienu no tiem")
    if recording.length == 1:
        raise DataError(recording.name, "ierakstā ir tikai viens kadrs", "Vajag video, nevis attēlu")
    if recording.frames == 0:
        raise DataError(recording.name, "nevienā kadrā nav redzama roka", "Filmējiet tā, lai plauksta ir kadrā")
    needed = frames_needed(recording.signs, frames_per_sign)
    if recording.frames < needed:
        raise DataError(recording.name, f"ieraksts ir par īsu: {counted(recording.frames, 'kadrs', 'kadri')} līdz "
                        f"pēdējai rokai, {counted(len(recording.signs), 'zīmei', 'zīmēm')} vajag vismaz {needed}",
                        "Rādiet lēnāk vai filmējiet ar vairāk kadriem sekundē")


def _cure(problems: list[Problem]) -> str:
    if problems:
        return f"Pirmais iemesls: {problems[0].name}: {problems[0].reason}"
    return ("Ielieciet video mapē ar frāzes nosaukumu un palaidiet extract_landmarks, "
            "vai norādiet LANDMARKS_FOLDER ar gataviem masīviem")
