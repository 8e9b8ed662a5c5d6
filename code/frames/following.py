"""Rows that follow their videos: renamed, moved, exchanged, put in one another's place, taken away and brought back.

A video is known by its path below the videos' folder and by the fingerprint of its content; what the user filled in
and decided goes with the content. Where landmarks.csv and its copy are gone, a video and an array of one phrase belong
together when they have as many frames and no other of that phrase has.
"""

import dataclasses
import os
from pathlib import Path

import numpy as np
import pandas as pd

from frames.video import VideoFacts, read_frames
from ground.errors import DataError
from ground.files import make_folder
from ground.landmarks import POSE, load_array, quality, seen
from ground.names import array_path, name_of, next_name, phrase_of, taken_names
from ground.signs import join_phrase, read_phrase
from ground.table import COLUMNS, DONE, FAILED, FILLED_BY_USER, GONE, PRACTICE, STARTED, WAITING, is_generated

UNFIT = "neder: "  # so begins the reason of a video whose place says no phrase, or that cannot be read at all
TWIN = "tas pats video ir arī"
REPLACED = " (aizstāts)"  # so ends the source of a recording in whose video's place another one was put


@dataclasses.dataclass(frozen=True)
class Corpus:
    """What an extraction depends on; `mirrored`: patterns of paths below `videos`."""

    videos: Path
    arrays: Path
    char_map: dict[str, int]
    mirrored: list[str]
    tracker: str

    def has_array(self, row: dict) -> bool:
        return array_path(self.arrays, phrase_of(row), row["name"]).exists()


def remembered_rows(corpus: Corpus, table: pd.DataFrame) -> dict[str, dict]:
    """The table's rows by name, with those of its copy that were deleted though their arrays are there, and with what
    the copy knows of finished work that could not be written into the table any more."""
    columns = list(dict.fromkeys([*COLUMNS, *table.columns]))  # the user's own columns stay too
    copy = table.attrs.get("copy", {})
    rows = {}
    for row in [*table.to_dict("records"), *(row for name, row in copy.items() if name not in table.index)]:
        row = {column: row.get(column, "") for column in columns}
        row["generated"] = row["generated"] or str(int(is_generated(row)))
        last = copy.get(row["name"], {})
        if row["status"] in (STARTED, WAITING) and last.get("fingerprint") == row["fingerprint"]:
            row |= {key: value for key, value in last.items() if key not in FILLED_BY_USER and key in COLUMNS}
        if row["name"] in table.index or corpus.has_array(row):
            rows[row["name"]] = row
    return rows


def phrase_of_folder(path: Path, source: str, corpus: Corpus) -> list[str]:
    """The signs of the folder that a video lies in. Raises DataError where that is none, or where a folder above it may
    be the phrase as well: `g-u-n-t-a/1/IMG.mp4` would be called "1". Above a phrase of several signs a folder with one
    sign is somebody's or some day's."""
    if path.parent == corpus.videos:
        raise DataError(source, "video nav frāzes mapē", "Ielieciet to mapē ar frāzes nosaukumu")
    *above, last = source.split("/")[:-1]
    signs = read_phrase(last, corpus.char_map)
    for folder in above:
        try:
            outer = read_phrase(folder, corpus.char_map)
        except DataError:
            continue
        if len(signs) == 1 or len(outer) > 1:
            raise DataError(source, f"frāze var būt gan «{folder}», gan «{last}»",
                            f"Ja tā ir «{folder}», pārvietojiet video tieši tajā; ja «{last}», pārdēvējiet «{folder}»")
    return signs


def follow_moved(rows: dict[str, dict], found: dict[str, Path], prints: dict[str, str], corpus: Corpus) -> None:
    """A video that was renamed or moved keeps its array, its signer and session and what the user decided of it, and
    leaves no copy behind; so do two videos that changed their names with each other."""
    settled = {row["source"] for row in rows.values() if prints.get(row["source"]) == row["fingerprint"]}
    loose = [row for row in rows.values() if row["source"] not in settled and _of_video(row)]
    loose = sorted((row for row in loose if corpus.has_array(row) or not row["reason"].startswith(UNFIT)),
                   key=corpus.has_array)
    moved = {row["fingerprint"]: row for row in loose}  # of two rows of one content that with the array
    taken = taken_names(rows, corpus.arrays) if moved else set()
    for source, path in found.items() if moved else ():
        row = moved.get(prints.get(source)) if source not in settled else None
        try:
            phrase = row and join_phrase(phrase_of_folder(path, source, corpus))
        except DataError:
            continue
        if not row:
            continue
        del moved[row["fingerprint"]], rows[row["name"]]
        name = row["name"] if phrase_of(row) == phrase else next_name(phrase, taken)
        taken.add(name)
        if name != row["name"] and corpus.has_array(row):
            target = array_path(corpus.arrays, phrase, name)
            make_folder(target.parent)
            os.replace(array_path(corpus.arrays, phrase_of(row), row["name"]), target)
        rows[name] = {**row, "name": name, "phrase": phrase, "source": source,
                      "status": DONE if row["status"] == GONE else row["status"]}
        settled.add(source)
    for row in rows.values():
        other = _of_video(row) and prints.get(row["source"], row["fingerprint"]) != row["fingerprint"]
        if other and (row["source"] in settled or row["status"] == GONE):
            row["source"] += REPLACED


def mark_gone(rows: dict[str, dict], found: dict[str, Path], prints: dict[str, str], corpus: Corpus) -> None:
    """Marks the recordings whose video is no more, and those whose video is back. What the user filled in is handed on
    to another row of the same video; a row that then has neither video nor array is dropped."""
    here = {row["fingerprint"]: row for row in rows.values() if row["source"] in found}
    for row in list(rows.values()):
        if row["status"] == GONE and prints.get(row["source"]) == row["fingerprint"]:
            row["status"] = DONE
        if row["source"] in found or not _of_video(row):
            continue
        twin, has_array = here.get(row["fingerprint"]), corpus.has_array(row)
        if twin:
            twin |= {column: twin[column] or row[column] for column in FILLED_BY_USER}
        if not has_array and (twin or row["status"] not in (DONE, GONE)):
            del rows[row["name"]]
        elif row["status"] not in (FAILED, GONE):
            if row["status"] in (STARTED, WAITING):
                row["mirrored"] = ""  # its array is of an earlier content or setting: not to be trusted
            row |= {"status": GONE, "reason": noted(row["reason"], "")}


def _of_video(row: dict) -> bool:
    """Whether a row is that of a video that was once found, not of practice, nor written by hand."""
    return bool(row["fingerprint"] and row["source"]) and not row["source"].startswith(PRACTICE)


def noted(reason: str, twin: str) -> str:
    """What is to be said of a recording, with what is now to be said of a second copy of its video."""
    return ". ".join(part for part in (reason.split(TWIN)[0].strip(" ."), twin) if part)


def adopted(jobs: list[dict], rows: dict[str, dict], arrays: Path) -> tuple[list[dict], dict[str, list[str]]]:
    """Takes arrays without a row over for the videos (jobs) that no row knows: gives the rows of those whose array is
    found, and for each phrase the names of arrays of which it cannot be said to which of several videos they belong;
    these videos take the names and are extracted anew."""
    found, doubtful = [], {}
    for phrase in {job["phrase"] for job in jobs}:
        lengths = _lengths(arrays / phrase, phrase, rows)
        if not lengths:
            continue
        print(f"Masīvi bez rindas tabulā, frāze «{phrase}»: {len(lengths)}. Salīdzina ar video …")
        facts = {job["source"]: _facts(Path(job["path"])) for job in jobs if job["phrase"] == phrase}
        for job in (job for job in jobs if job["phrase"] == phrase):
            frames = facts[job["source"]].frames
            same = [name for name, length in lengths.items() if length == frames]
            if len(same) == 1 and sum(other.frames == frames for other in facts.values()) == 1:
                print(f"Masīvs {same[0]} ir video {job['source']}: tajos ir vienāds kadru skaits.")
                found.append({**job, **_row(array_path(arrays, phrase, same[0]), facts[job["source"]])})
            else:
                doubtful[phrase] = sorted({*doubtful.get(phrase, []), *same})
    return found, doubtful


def _lengths(folder: Path, phrase: str, rows: dict[str, dict]) -> dict[str, int]:
    """Name -> frames, of a phrase's arrays that have no row."""
    lengths = {}
    for path in sorted(folder.glob("*.npy")):
        name = name_of(path)
        its_phrase, _, take = name.rpartition("_")
        if rows.get(name, {}).get("source") or its_phrase != phrase or not take.isdecimal():
            continue
        try:
            lengths[name] = len(np.load(path, mmap_mode="r", allow_pickle=False))
        except (ValueError, EOFError, OSError, TypeError, SyntaxError, MemoryError):
            continue
    return lengths


def _facts(path: Path) -> VideoFacts:
    """What is known of a video once it is read; no frame where it cannot be."""
    facts = VideoFacts()
    try:
        for _ in read_frames(path, facts):
            pass
    except DataError:
        return VideoFacts()
    return facts


def _row(path: Path, facts: VideoFacts) -> dict:
    array = load_array(path)
    return {"name": name_of(path), **facts.cells(), **quality(array), "reason": facts.damage,
            "tracker": "holistic" if seen(array, POSE).any() else "hands"}
