"""Extraction: MediaPipe Holistic over videos, in parallel, only what is new or changed; arrays and landmarks.csv.

Source: MediaPipe 0.10.21, `mp.solutions.holistic`, model complexity 1 (the only one inside the package).
"""

import os
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from pathlib import Path

import cv2
import joblib
import numpy as np
import pandas as pd
from tqdm import tqdm

from ground.environment import quiet
from ground.errors import DataError
from ground.files import fingerprint, written_whole
from ground.landmarks import FACE, LANDMARKS, LEFT_HAND, POSE, RIGHT_HAND, longest_gap, seen
from ground.signs import join_phrase, read_phrase
from ground.table import COLUMNS, DONE, FAILED, FILLED_BY_USER, STARTED, TABLE_NAME, read_table, write_table
from utils.video import VideoFacts, claimed_frames, find_videos, read_frames

FEWEST_FRAMES = 2
RENDERED = "virtual_signer"  # video whose name begins so shows no person (they ship with the repository)
INTERRUPTED = "apstrāde nav pabeigta. Palaidiet šūnu vēlreiz"
MEASURED = ("frames", "fps", "width", "height", "seconds", "right_hand", "left_hand", "body", "longest_gap", "reason")


def extract_all(videos: Path, arrays: Path, char_map: dict[str, int], mirrored: list[str] | str,
                processes: int, progress: bool = True) -> pd.DataFrame:
    """Extracts every video that is new or changed; returns the table of all, which lies beside the arrays too.

    `mirrored` are patterns of file paths below `videos` ("*": all, "*selfie*": some) of selfie recordings, which
    are mirrored back before MediaPipe sees them. After each video its array and the table are on disk, so a
    stop loses no finished video.
    """
    table_path = arrays / TABLE_NAME
    found = find_videos(videos)
    patterns = [mirrored] if isinstance(mirrored, str) else mirrored
    _refuse_idle(patterns, found)
    known = read_table(table_path)
    columns = list(dict.fromkeys([*COLUMNS, *known.columns]))  # the user's own columns stay too
    rows = {row["name"]: row for row in known.reindex(columns=columns, fill_value="").to_dict("records")}
    _follow_moved(rows, found, arrays, char_map)
    jobs, failed = _plan(found, videos, arrays, char_map, patterns, rows)
    for row in [*failed, *({**_plain(job), "status": STARTED, "reason": INTERRUPTED} for job in jobs)]:
        _keep_row(rows, row)
    write_table(table_path, list(rows.values()))  # before the work: a stop must not give a video a second name
    jobs.sort(key=lambda job: -claimed_frames(Path(job["path"])))  # long ones first: no core idles at the end
    bar = tqdm(_run(jobs, arrays, processes), total=len(jobs), desc="Video", unit="video", ncols=80,
               disable=not progress or not jobs, file=sys.stdout)  # the page's text, not its error stream
    for row in bar:
        _keep_row(rows, row)
        write_table(table_path, sorted(rows.values(), key=lambda r: r["name"]))
    return read_table(table_path)


def extract_video(path: Path, mirror: bool) -> tuple[np.ndarray, VideoFacts]:
    """One video -> float32 (T, 543, 3) and its facts, with a new Holistic: it keeps state from clip to clip."""
    facts = VideoFacts()
    images = read_frames(path, facts)
    return track(np.ascontiguousarray(image[:, ::-1]) if mirror else image for image in images), facts


def track(images: Iterable[np.ndarray]) -> np.ndarray:
    """RGB images of one video, one after another -> float32 (T, 543, 3)."""
    with _holistic()(model_complexity=1) as holistic:
        return np.stack([_landmarks(holistic.process(image)) for image in images])


def _holistic() -> type:
    """MediaPipe's Holistic, imported when a process first needs it.

    MediaPipe imports TensorFlow for its documentation's sake when it finds it; without, each process is ready
    three seconds earlier.
    """
    without = "tensorflow" not in sys.modules
    if without:
        sys.modules["tensorflow"] = None
    try:
        from mediapipe import solutions
    finally:
        if without:
            del sys.modules["tensorflow"]
    return solutions.holistic.Holistic


def quality(array: np.ndarray) -> dict:
    """Shares of frames in which each part is seen, and the longest run of frames without a hand."""
    right, left = seen(array, RIGHT_HAND), seen(array, LEFT_HAND)
    return {"right_hand": round(float(right.mean()), 3), "left_hand": round(float(left.mean()), 3),
            "body": round(float(seen(array, POSE).mean()), 3), "longest_gap": longest_gap(right | left)}


def _refuse_idle(patterns: list[str], found: dict[str, Path]) -> None:
    """Raises DataError for a pattern that fits no video: a mistyped one would leave selfies mirrored without a word."""
    for pattern in patterns:
        if not any(fnmatch(source, pattern) for source in found):
            raise DataError("MIRRORED", f"rakstam «{pattern}» neatbilst neviens video",
                            f'Video ir, piemēram, «{next(iter(found))}»; visiem der ["*"]')


def _follow_moved(rows: dict[str, dict], found: dict[str, Path], arrays: Path, char_map: dict[str, int]) -> None:
    """A video that was renamed keeps its array, signer and session under the new name, and leaves no copy behind."""
    new = {source: path for source, path in found.items() if source not in {row["source"] for row in rows.values()}}
    gone = {row["fingerprint"]: row for row in rows.values() if row["source"] not in found and row["status"] == DONE}
    for source, path in new.items() if gone else ():
        row = gone.pop(fingerprint(path), None)
        try:
            phrase = join_phrase(read_phrase(path.parent.name, char_map))
        except DataError:
            continue
        if row is None or not (old := array_path(arrays, row["phrase"], row["name"])).exists():
            continue
        name = row["name"] if row["phrase"] == phrase else next_name(phrase, taken_names(rows, arrays))
        del rows[row["name"]]
        target = array_path(arrays, phrase, name)
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(old, target)
        rows[name] = {**row, "name": name, "phrase": phrase, "source": source}


def _plan(found: dict[str, Path], videos: Path, arrays: Path, char_map: dict[str, int], mirrored: list[str],
          rows: dict[str, dict]) -> tuple[list[dict], list[dict]]:
    """What is to be done now, and rows for the videos whose folder is no phrase."""
    jobs, failed = [], []
    by_source = {row["source"]: row for row in rows.values()}
    taken = taken_names(rows, arrays)
    for source, path in found.items():
        known = by_source.get(source, {})
        job = {"source": source, "path": str(path), "fingerprint": fingerprint(path),
               "mirrored": str(int(any(fnmatch(source, pattern) for pattern in mirrored))),
               "generated": str(int(path.name.startswith(RENDERED)))}
        try:
            if path.parent == videos:
                raise DataError(source, "video nav frāzes mapē", "Ielieciet to mapē ar frāzes nosaukumu")
            signs = read_phrase(path.parent.name, char_map)
        except DataError as error:
            failed.append({**known, **_plain(job), "name": known.get("name") or source, "phrase": "", "status": FAILED,
                           "reason": f"{error.fault}. {error.remedy}"})
            continue
        job["phrase"] = join_phrase(signs)
        job["name"] = known["name"] if phrase_of(known) == job["phrase"] else next_name(job["phrase"], taken)
        taken.add(job["name"])
        if not _is_done(known, job, arrays):
            jobs.append(job)
    return jobs, failed


def phrase_of(row: dict) -> str:
    """A row's phrase, from its name: a spreadsheet may have turned the phrase "1-2" into a date."""
    return row.get("name", "").rpartition("_")[0]


def taken_names(rows: dict[str, dict], arrays: Path) -> set[str]:
    """The names of recordings in the table's rows and on disk."""
    return set(rows) | {unicodedata.normalize("NFC", path.stem) for path in arrays.glob("*/*.npy")}


def _is_done(row: dict, job: dict, arrays: Path) -> bool:
    same = all(row.get(key) == job[key] for key in ("name", "fingerprint", "mirrored"))
    if not same or row["status"] not in (DONE, FAILED):
        return False
    return row["status"] == FAILED or array_path(arrays, job["phrase"], job["name"]).exists()


def array_path(arrays: Path, phrase: str, name: str) -> Path:
    """Where a recording's array lies."""
    return arrays / phrase / f"{name}.npy"


def next_name(phrase: str, taken: set[str]) -> str:
    """The next take of a phrase that is not taken."""
    take = 1
    while f"{phrase}_{take:04}" in taken:
        take += 1
    return f"{phrase}_{take:04}"


def _run(jobs: list[dict], arrays: Path, processes: int) -> Iterator[dict]:
    if not jobs:
        return iter(())
    parallel = joblib.Parallel(n_jobs=min(processes, len(jobs)), return_as="generator_unordered")
    return parallel(joblib.delayed(_extract_job)(job, arrays) for job in jobs)


def _extract_job(job: dict, arrays: Path) -> dict:
    """Runs in a process of its own: extracts, writes the array, returns the row. A fault becomes the row's reason."""
    path = array_path(arrays, job["phrase"], job["name"])
    row = {**dict.fromkeys(MEASURED, ""), **_plain(job), "status": FAILED}
    try:
        with quiet():
            array, facts = extract_video(Path(job["path"]), job["mirrored"] == "1")
        row.update(frames=facts.frames, fps=round(facts.fps, 2), width=facts.width, height=facts.height,
                   seconds=round(facts.seconds, 2), **quality(array))
        _refuse_useless(array, job)
    except DataError as error:
        path.unlink(missing_ok=True)
        return {**row, "reason": f"{error.fault}. {error.remedy}"}
    except (cv2.error, RuntimeError, MemoryError):
        return {**row, "reason": "video nevarēja apstrādāt. Pārkodējiet to par mp4 vai padariet mazāku"}
    with written_whole(path) as temporary:
        np.save(temporary, array)
    return {**row, "status": DONE, "reason": ""}


def _refuse_useless(array: np.ndarray, job: dict) -> None:
    if len(array) < FEWEST_FRAMES:
        raise DataError(job["source"], "video ir tikai viens kadrs", "Vajag video, nevis attēlu")
    if not (seen(array, RIGHT_HAND) | seen(array, LEFT_HAND)).any():
        person = "cilvēks ir redzams, bet" if seen(array, POSE).any() else "cilvēks nav redzams un"
        raise DataError(job["source"], f"{person} nevienā kadrā nav atrasta roka",
                        "Filmējiet no jostasvietas līdz galvai, ar plaukstu kadrā un labā gaismā")


def _keep_row(rows: dict[str, dict], row: dict) -> None:
    """Puts a new row in the place of the old one of the same source; what the user filled in stays."""
    old = next((known for known in rows.values() if known["source"] == row["source"]), {})
    rows.pop(old.get("name"), None)
    kept = {key: value for key, value in old.items() if key in FILLED_BY_USER or key not in row}
    rows[row["name"]] = {**row, **kept}


def _plain(job: dict) -> dict:
    return {key: value for key, value in job.items() if key != "path"}


def _landmarks(result) -> np.ndarray:
    """MediaPipe's result of one frame -> float32 (543, 3); zeros where a part is not seen."""
    frame = np.zeros((LANDMARKS, 3), np.float32)
    for part, found in ((POSE, result.pose_landmarks), (FACE, result.face_landmarks),
                        (LEFT_HAND, result.left_hand_landmarks), (RIGHT_HAND, result.right_hand_landmarks)):
        if found:
            frame[part] = [(point.x, point.y, point.z) for point in found.landmark[:part.stop - part.start]]
    return frame
