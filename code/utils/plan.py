"""The plan of an extraction: which recording belongs to which video, what is new, changed, moved, doubled or gone.

A video is known by its path below the videos' folder and by the fingerprint of its content; a recording by its name,
`<phrase>_<take>`, which its array and its row in landmarks.csv bear.
"""

import dataclasses
import os
import unicodedata
from fnmatch import fnmatch
from pathlib import Path

import numpy as np
import pandas as pd

from ground.errors import DataError
from ground.files import fingerprint
from ground.landmarks import LEFT_HAND, POSE, RIGHT_HAND, load_array, longest_gap, seen
from ground.signs import join_phrase, read_phrase
from ground.table import COLUMNS, DONE, FAILED, FILLED_BY_USER, GONE, PRACTICE, STARTED, WAITING
from utils.video import VideoFacts, read_frames

RENDERED = "virtual_signer"  # video whose name begins so shows no person (they ship with the repository)
TWIN = "tas pats video ir arī"
DIED = "process apstājās, kad to apstrādāja"


@dataclasses.dataclass(frozen=True)
class Settings:
    """What of the configuration an extraction depends on; `mirrored`: patterns of paths below `videos`."""

    videos: Path
    arrays: Path
    char_map: dict[str, int]
    mirrored: list[str]
    tracker: str


@dataclasses.dataclass(frozen=True)
class Plan:
    """`rows`: the whole table by name, before the work; `jobs`: rows of the videos to be worked on, with their `path`;
    `died`: sources that were in work when an earlier run was killed."""

    rows: dict[str, dict]
    jobs: list[dict]
    died: list[str]


def plan_of(settings: Settings, found: dict[str, Path], table: pd.DataFrame) -> Plan:
    """Looks at every video and every row; moves arrays of moved videos, otherwise only plans."""
    columns = list(dict.fromkeys([*COLUMNS, *table.columns]))  # the user's own columns stay too
    remembered = {name: row for name, row in table.attrs.get("deleted", {}).items()
                  if array_path(settings.arrays, phrase_of(row), name).exists()}
    rows = {row["name"]: {column: row.get(column, "") for column in columns}
            for row in [*table.to_dict("records"), *remembered.values()]}
    prints, faults = _fingerprints(found)
    _follow_moved(rows, found, prints, settings)
    _mark_gone(rows, found, prints, settings)
    copies: dict[str, list[str]] = {}
    for source in prints:
        copies.setdefault(prints[source], []).append(source)
    died = [row["source"] for row in rows.values() if row["status"] == STARTED and row["source"] in found]
    by_source = {row["source"]: row for row in rows.values()}
    taken, jobs = taken_names(rows, settings.arrays), []
    for source, path in found.items():
        known = by_source.get(source, {})
        job = {"source": source, "path": str(path), "fingerprint": prints.get(source, ""),
               "tracker_setting": settings.tracker,
               "mirrored": str(int(any(fnmatch(source, pattern) for pattern in settings.mirrored))),
               "generated": str(int(path.name.startswith(RENDERED)))}
        try:
            if source in faults:  # no link, no permission
                raise faults[source]
            signs = _phrase_of_folder(path, source, settings)
        except DataError as error:
            name = known.get("name") or source
            keep_row(rows, {**known, **plain(job), "name": name, "phrase": known.get("phrase", ""), "status": FAILED,
                            "reason": f"{error.fault}. {error.remedy}"})
            continue
        job["phrase"] = join_phrase(signs)
        job["twin"] = _twin(source, [other for other in copies[prints[source]] if other != source])
        if not known and (adopted := _adopted(job, rows, settings.arrays)):
            keep_row(rows, {**adopted, "reason": noted(adopted["reason"], job["twin"])})
            continue
        job["name"] = known["name"] if phrase_of(known) == job["phrase"] else next_name(job["phrase"], taken)
        taken.add(job["name"])
        if not _is_done(known, job, settings):
            jobs.append(job)
            keep_row(rows, {**plain(job), "status": WAITING, "reason": known.get("reason", "")})
        elif known["status"] == DONE:
            known["reason"] = noted(known["reason"], job["twin"])
    return Plan(rows, jobs, died)


def keep_row(rows: dict[str, dict], row: dict) -> None:
    """Puts a new row in the place of the old one of the same source; what the user filled in stays."""
    old = next((known for known in rows.values() if known["source"] == row["source"]), {})
    rows.pop(old.get("name"), None)
    kept = {key: value for key, value in old.items() if key in FILLED_BY_USER or key not in row}
    rows[row["name"]] = {**row, **kept}


def plain(job: dict) -> dict:
    """A job as a row of the table."""
    return {key: value for key, value in job.items() if key not in ("path", "twin")}


def noted(reason: str, twin: str) -> str:
    """What is to be said of a recording, with what is now to be said of a second copy of its video."""
    return ". ".join(part for part in (reason.split(TWIN)[0].strip(" ."), twin) if part)


def measured(array: np.ndarray, facts: VideoFacts, tracker: str) -> dict:
    """What a row says of a recording: its video, its array and who found the landmarks."""
    return {"frames": facts.frames, "fps": round(facts.fps, 2), "width": facts.width, "height": facts.height,
            "seconds": round(facts.seconds, 2), **quality(array), "tracker": tracker}


def quality(array: np.ndarray) -> dict:
    """Shares of frames in which each part is seen, and the longest run of frames without a hand."""
    right, left = seen(array, RIGHT_HAND), seen(array, LEFT_HAND)
    return {"right_hand": round(float(right.mean()), 3), "left_hand": round(float(left.mean()), 3),
            "body": round(float(seen(array, POSE).mean()), 3), "longest_gap": longest_gap(right | left)}


def array_path(arrays: Path, phrase: str, name: str) -> Path:
    """Where a recording's array lies."""
    return arrays / phrase / f"{name}.npy"


def phrase_of(row: dict) -> str:
    """A row's phrase, from its name: a spreadsheet may have turned the phrase "1-2" into a date."""
    return row.get("name", "").rpartition("_")[0]


def taken_names(rows: dict[str, dict], arrays: Path) -> set[str]:
    """The names of recordings in the table's rows and on disk."""
    return set(rows) | {unicodedata.normalize("NFC", path.stem) for path in arrays.glob("*/*.npy")}


def next_name(phrase: str, taken: set[str]) -> str:
    """The next take of a phrase that is not taken."""
    take = 1
    while f"{phrase}_{take:04}" in taken:
        take += 1
    return f"{phrase}_{take:04}"


def _fingerprints(found: dict[str, Path]) -> tuple[dict[str, str], dict[str, DataError]]:
    """By source: the fingerprints, and what is wrong with the files that cannot be read."""
    prints, faults = {}, {}
    for source, path in found.items():
        try:
            if path.is_symlink() and not path.exists():
                raise DataError(source, "saite neved ne uz vienu failu", "Ielieciet tās vietā pašu video")
            if not path.is_file():
                raise DataError(source, "tas nav fails", "Ielieciet tā vietā video")
            prints[source] = fingerprint(path)
        except OSError as error:
            faults[source] = DataError(source, f"failu nevar nolasīt ({error.strerror})", "Dodiet atļauju to lasīt")
        except DataError as error:
            faults[source] = error
    return prints, faults


def _phrase_of_folder(path: Path, source: str, settings: Settings) -> list[str]:
    """The signs of the folder that a video lies in. Raises DataError where that is none, or where a folder above it may
    be the phrase as well: `g-u-n-t-a/1/IMG.mp4` would be called "1". Above a phrase of several signs a folder with one
    sign is somebody's or some day's."""
    if path.parent == settings.videos:
        raise DataError(source, "video nav frāzes mapē", "Ielieciet to mapē ar frāzes nosaukumu")
    *above, last = source.split("/")[:-1]
    signs = read_phrase(last, settings.char_map)
    for folder in above:
        try:
            outer = read_phrase(folder, settings.char_map)
        except DataError:
            continue
        if len(signs) == 1 or len(outer) > 1:
            raise DataError(source, f"frāze var būt gan «{folder}», gan «{last}»",
                            f"Pārdēvējiet mapi, kas nav frāze, piemēram, par «cilvēks {last}»")
    return signs


def _twin(source: str, others: list[str]) -> str:
    """What is to be said of a video whose copies lie in other places: one of two phrases cannot be right."""
    phrases = {other.rpartition("/")[0] for other in others} - {source.rpartition("/")[0]}
    doubt = ", un viena no frāzēm ir nepareiza" if phrases else ""
    return f"{TWIN} {named(others)}{doubt}. Atstājiet vienu" if others else ""


def _follow_moved(rows: dict[str, dict], found: dict[str, Path], prints: dict[str, str], settings: Settings) -> None:
    """A video that was renamed keeps its array, signer and session under the new name, and leaves no copy behind."""
    known = {row["source"] for row in rows.values()}
    gone = {row["fingerprint"]: row for row in rows.values()
            if row["source"] not in found and row["status"] in (DONE, GONE, FAILED)}
    for source, path in found.items() if gone else ():
        row = gone.get(prints.get(source)) if source not in known else None
        try:
            phrase = row and join_phrase(_phrase_of_folder(path, source, settings))
        except DataError:
            continue
        if not row or not (old := array_path(settings.arrays, phrase_of(row), row["name"])).exists():
            continue
        name = row["name"] if phrase_of(row) == phrase else next_name(phrase, taken_names(rows, settings.arrays))
        del gone[row["fingerprint"]], rows[row["name"]]
        target = array_path(settings.arrays, phrase, name)
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(old, target)
        rows[name] = {**row, "name": name, "phrase": phrase, "source": source,
                      "status": FAILED if row["status"] == FAILED else DONE}


def _mark_gone(rows: dict[str, dict], found: dict[str, Path], prints: dict[str, str], settings: Settings) -> None:
    """Marks the recordings whose video is no more, and those whose video is back.

    A row that has neither video nor array is dropped where another row has the same video (a spreadsheet spoiled its
    name), with what the user filled in handed on.
    """
    for row in list(rows.values()):
        if row["status"] == GONE and prints.get(row["source"]) == row["fingerprint"]:
            row["status"] = DONE
        if row["source"] in found or not row["fingerprint"] or row["source"].startswith(PRACTICE):
            continue
        has_array = array_path(settings.arrays, phrase_of(row), row["name"]).exists()
        twins = [other for other in rows.values()
                 if other["fingerprint"] == row["fingerprint"] and other["source"] in found]
        if not has_array and (twins or row["status"] not in (DONE, GONE)):
            del rows[row["name"]]
            for other in twins:
                other |= {column: other[column] or row[column] for column in FILLED_BY_USER}
        elif row["status"] == DONE:
            row["status"] = GONE


def _adopted(job: dict, rows: dict[str, dict], arrays: Path) -> dict:
    """The row of a video whose array already lies under its phrase without a row (landmarks.csv was deleted): the first
    with as many frames as the video; {} where there is none."""
    paths = [path for path in sorted((arrays / job["phrase"]).glob("*.npy"))
             if unicodedata.normalize("NFC", path.stem) not in rows]
    if not paths:
        return {}
    facts = VideoFacts()
    try:
        for _ in read_frames(Path(job["path"]), facts):
            pass
    except DataError:
        return {}
    for path in paths:
        try:
            array = load_array(path)
        except DataError:
            continue
        if len(array) == facts.frames:
            tracker = "holistic" if seen(array, POSE).any() else "hands"
            return {**plain(job), **measured(array, facts, tracker), "name": unicodedata.normalize("NFC", path.stem),
                    "status": DONE, "reason": facts.damage}
    return {}


def _is_done(row: dict, job: dict, settings: Settings) -> bool:
    """Whether a video's row says what a new extraction would say."""
    same = all(row.get(key) == job[key] for key in ("name", "fingerprint", "mirrored"))
    tracked = settings.tracker in (row.get("tracker_setting"), row.get("tracker"))
    if not same or not tracked:
        return False
    if row["status"] == DONE:
        return array_path(settings.arrays, job["phrase"], job["name"]).exists()
    return row["status"] == FAILED


def mirrored_patterns(mirrored: list[str] | str, found: dict[str, Path]) -> list[str]:
    """MIRRORED as a list. Raises DataError for a pattern that fits no video: a mistyped one would leave selfies
    mirrored without a word."""
    patterns = [mirrored] if isinstance(mirrored, str) else list(mirrored)
    for pattern in patterns:
        if not any(fnmatch(source, pattern) for source in found):
            raise DataError("MIRRORED", f"rakstam «{pattern}» neatbilst neviens video",
                            f'Video ir, piemēram, «{next(iter(found))}»; visiem der ["*"]')
    return patterns


def named(sources: list[str], most: int = 5) -> str:
    """Some sources in a sentence."""
    return ", ".join(sources[:most]) + (f" un vēl {len(sources) - most}" if len(sources) > most else "")
