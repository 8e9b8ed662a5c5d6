"""Arrays that lie under their phrase without a row (landmarks.csv and its copy are gone), taken over by their videos.

A video and an array of one phrase belong together when they have as many frames and no other of that phrase has.
"""

from pathlib import Path

import numpy as np

from ground.errors import DataError
from ground.landmarks import POSE, load_array, quality, seen
from ground.names import array_path, name_of
from utils.video import VideoFacts, read_frames


def adopted(jobs: list[dict], rows: dict[str, dict], arrays: Path) -> tuple[list[dict], dict[str, list[str]]]:
    """For jobs of videos that no row knows: rows to be completed for those whose array is known, and for each phrase
    the names of arrays of which it cannot be said to which of several videos they belong; these videos take the
    names and are extracted anew."""
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
