"""Extraction: MediaPipe over videos, in parallel, only what is new or changed; arrays and landmarks.csv."""

import contextlib
import functools
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import cv2
import joblib
import numpy as np
import pandas as pd
from joblib.externals.loky.process_executor import BrokenProcessPool
from tqdm import tqdm

from frames import pose_file, tracking
from frames.cluster import cluster, cores, lacking_folder, results
from frames.following import Corpus, noted
from frames.plan import Plan, keep_row, mirrored_patterns, plain, plan_of
from frames.video import VideoFacts, claimed_frames, find_videos, read_frames
from ground.environment import quiet
from ground.errors import DataError
from ground.files import make_folder, remove
from ground.landmarks import LANDMARKS, LEFT_HAND, POSE, RIGHT_HAND, quality, save_array, seen
from ground.names import array_path, some
from ground.settings import check_settings
from ground.table import (
    COLUMNS,
    DONE,
    FAILED,
    FILLED_BY_USER,
    STARTED,
    TABLE_NAME,
    WAITING,
    read_rows,
    read_table,
    write_copy,
    write_table,
)

FEWEST_FRAMES = 2
MANY_ROWS, WRITTEN_EVERY = 2000, 10.0  # a table of so many rows is written at most once in so many seconds
DIED = "process apstājās, kad to apstrādāja"
ONE_PROCESS = "Iestatiet PROCESSES = 1 un palaidiet šūnu vēlreiz"


def extract_all(videos: Path, arrays: Path, char_map: dict[str, int], mirrored: list[str] | str,
                processes: int | str, progress: bool = True, tracker: str = "auto",
                may_be_none: bool = False) -> pd.DataFrame:
    """Extracts every video that is new or changed; returns the table of all, which lies beside the arrays too.

    `mirrored` are patterns of file paths below `videos` ("*": all, "*selfie*": some) of selfie recordings, which
    are mirrored back before MediaPipe sees them. `tracker`: "holistic", "hands" (`frames.tracking`), or "auto":
    Holistic, and the hand tracker for a recording in which Holistic sees no body, or a hand in clearly fewer frames.
    `processes`: how many on this machine, or the cluster that works (`cluster.cluster`). After each video its array and
    the table are on disk, so a stop loses no finished video. Raises DataError when there is no video and that may not
    be, and when a process died, naming the videos that were in work.
    """
    check_settings({"TRACKER": tracker, "PROCESSES": processes})
    table_path = arrays / TABLE_NAME
    table = read_table(table_path)
    try:
        found = find_videos(videos, may_be_none)
    except DataError:
        if len(table):  # the last video was taken away: its recordings are left out too
            _write(table_path, plan_of(Corpus(videos, arrays, char_map, [], tracker), {}, table), first=True)
        raise
    with_poses = any(path.suffix.lower() == pose_file.SUFFIX for path in found.values())
    if with_poses:
        pose_file.require()  # before any work: a video is not at fault where a package is missing
    corpus = Corpus(videos, arrays, char_map, mirrored_patterns(mirrored, found), tracker)
    plan = plan_of(corpus, found, table)
    if plan.died:
        print(f"Iepriekšējā reizē darbs pēkšņi apstājās, kad apstrādāja: {some(plan.died)}.\n"
              "Ja tas atkārtojas, parasti pietrūkst atmiņas: iestatiet PROCESSES = 1.")
    # Long ones first: no core idles at the end. What a process died of comes last: it keeps no other from its turn.
    plan.jobs.sort(key=lambda job: (job["source"] in plan.died or DIED in plan.rows[job["name"]]["reason"],
                                    -claimed_frames(Path(job["path"]))))
    _write(table_path, plan, first=True)  # before the work: a stop must not give a video a second name
    try:
        if isinstance(processes, str) and plan.jobs:
            make_folder(arrays)
            folders = [str(folder.resolve()) for folder in (videos, arrays)]
            with cluster(processes, functools.partial(unready, folders, with_poses)) as client:
                _work(plan, table_path, cores(client), _run_on_cluster(client, plan.jobs, arrays), progress)
        else:
            _work(plan, table_path, min(int(processes), len(plan.jobs)) if plan.jobs else 0,
                  _run(plan.jobs, arrays, processes), progress)
    except BrokenProcessPool:
        lost = [row["source"] for row in plan.rows.values() if row["status"] == STARTED]
        for row in plan.rows.values():
            row |= {"reason": f"{DIED}. {ONE_PROCESS}"} if row["status"] == STARTED else {}
        raise DataError("Punktu iegūšana", f"process pēkšņi apstājās, kad apstrādāja: {some(lost)}; pabeigtie video "
                        "ir saglabāti", f"Parasti pietrūkst atmiņas. {ONE_PROCESS}") from None
    finally:  # what is left STARTED was in work when this process itself was killed
        for row in plan.rows.values():
            row |= {"status": WAITING} if row["status"] == STARTED else {}
        _write(table_path, plan)
    return read_table(table_path)


def extract_video(path: Path, mirror: bool, tracker: str = "auto") -> tuple[np.ndarray, VideoFacts, str]:
    """One video -> float32 (T, 543, 3), its facts, and which tracker found the landmarks ("holistic" or "hands"; "pose"
    where they come from a .pose file)."""
    facts = VideoFacts()
    if path.suffix.lower() == pose_file.SUFFIX:
        pose = pose_file.read_pose(path)
        facts = VideoFacts(len(pose.landmarks), pose.width, pose.height, len(pose.landmarks) / pose.fps)
        return pose_file.in_a_mirror(pose.landmarks) if mirror else pose.landmarks, facts, "pose"

    def images(facts: VideoFacts) -> Iterator[np.ndarray]:
        for image in read_frames(path, facts):
            yield np.ascontiguousarray(image[:, ::-1]) if mirror else image

    if tracker == "hands":
        return tracking.track(images(facts), tracker), facts, tracker
    array = tracking.track(images(facts), "holistic")
    if tracker == "auto" and tracking.promises_more(array, images(VideoFacts())):
        by_hands = tracking.track(images(VideoFacts()), "hands")
        if tracking.sees_more(by_hands, array):
            return by_hands, facts, "hands"
    return array, facts, "holistic"


def _work(plan: Plan, table_path: Path, processes: int, done: Iterator[dict], progress: bool) -> None:
    """Goes through the rows of jobs as they are `done`: each is then in `plan.rows` and in the table, and the rows of
    those in work say so."""
    waiting = [job["name"] for job in plan.jobs]

    def begin(names: list[str]) -> None:
        for name in names:
            plan.rows[name]["status"] = STARTED

    begin(waiting[:processes])
    _write(table_path, plan)
    bar = tqdm(done, total=len(plan.jobs), desc="Video", unit="video", ncols=80,
               disable=not progress or not plan.jobs, file=sys.stdout)  # the page's text, not its error stream
    told, written = False, 0.0
    for row in bar:
        waiting.remove(row["name"])
        keep_row(plan.rows, row)
        if row["name"] in plan.marked and row["status"] == DONE:
            plan.rows[row["name"]]["status"] = FAILED
        begin(waiting[:processes])
        if len(plan.rows) > MANY_ROWS and time.monotonic() - written < WRITTEN_EVERY:
            continue
        written = time.monotonic()
        try:
            _write(table_path, plan)
        except DataError as error:  # open in a spreadsheet, or spoiled by one: the work goes on, the copy has it
            if not told:
                print(f"\n⚠ {error}\nDarbs turpinās; beigās tabulu mēģinās uzrakstīt vēlreiz.")
            told = True


def _write(table_path: Path, plan: Plan, first: bool = False) -> None:
    """Writes the table. What the user filled in since it was last read stays; so does a recording that the user left
    out or took back in meanwhile and, but for the first time, a row that this run knows nothing of.

    Raises DataError where the table cannot be read or written; its copy then has what is known.
    """
    by_print = {row["fingerprint"]: row for row in plan.rows.values() if row["fingerprint"]}
    try:
        now = read_rows(table_path) if table_path.exists() else []
    except DataError:
        write_copy(table_path, list(plan.rows.values()))
        raise
    for row in now:
        mine = plan.rows.get(row["name"], {})
        if mine and mine["fingerprint"] != row.get("fingerprint", ""):  # a video of another name, or another content
            same_place = mine if mine["source"] == row.get("source", "") else {}
            mine = by_print.get(row.get("fingerprint"), same_place)
        elif not mine:
            mine = by_print.get(row.get("fingerprint"), {})
        if not mine and not first and row["name"] not in plan.rows:
            plan.rows[row["name"]] = row
        if not mine:
            continue
        mine |= {column: value for column, value in row.items()
                 if (column in FILLED_BY_USER or column not in COLUMNS) and (value or not first)}
        if first or row.get("reason") != mine["reason"]:
            continue
        if {mine["status"], row.get("status")} == {DONE, FAILED}:
            mine["status"] = row["status"]
        elif row.get("status") == FAILED and mine["status"] in (WAITING, STARTED):
            plan.marked.add(mine["name"])
    write_table(table_path, sorted(plan.rows.values(), key=lambda row: row["name"]))


def _run(jobs: list[dict], arrays: Path, processes: int) -> Iterator[dict]:
    if not jobs:
        return iter(())
    warnings.filterwarnings("ignore", "A worker stopped", UserWarning)  # joblib renews one that has grown: no news
    parallel = joblib.Parallel(n_jobs=min(processes, len(jobs)), return_as="generator_unordered")
    return parallel(joblib.delayed(_extract_job)(job, arrays) for job in jobs)


def _run_on_cluster(client, jobs: list[dict], arrays: Path) -> Iterator[dict]:
    for job, row in results(client, _extract_job, jobs, arrays):
        yield row or _row_before(job) | {"status": WAITING, "reason": f"{DIED} vairākos datoros pēc kārtas. Palaidiet "
                                                                      "šūnu vēlreiz vai padariet video mazāku"}


def unready(folders: list[str], with_poses: bool) -> str:
    """What a cluster's worker lacks for extraction ("": nothing)."""
    with contextlib.suppress(DataError):
        if with_poses:
            pose_file.require()
        return lacking_folder(folders)
    return "nav pakotnes pose-format"


def _extract_job(job: dict, arrays: Path) -> dict:
    """Runs in a process of its own: extracts, writes the array, returns the row. A fault becomes the row's reason."""
    path = array_path(arrays, job["phrase"], job["name"])
    row = _row_before(job)
    try:
        with quiet():
            array, facts, tracker = extract_video(Path(job["path"]), job["mirrored"] == "1", job["tracker_setting"])
        row |= {**facts.cells(), **quality(array), "tracker": tracker}
        _refuse_useless(array, job, facts.damage)
    except DataError as error:
        remove(path)
        return {**row, "reason": f"{error.fault}. {error.remedy}"}
    except (cv2.error, RuntimeError, MemoryError, OSError, ValueError, LookupError) as error:
        if isinstance(error, MemoryError) or "memory" in str(error).lower() or "alloc" in str(error).lower():
            return {**row, "status": WAITING, "reason": f"pietrūka atmiņas. {ONE_PROCESS} vai padariet video mazāku"}
        remove(path)
        return {**row, "reason": "video nevarēja apstrādāt. Pārkodējiet to par mp4 vai padariet mazāku"}
    save_array(path, array)
    return {**row, "status": DONE, "reason": noted(facts.damage, job["twin"])}


def _row_before(job: dict) -> dict:
    unknown = [*VideoFacts().cells(), *quality(np.zeros((1, LANDMARKS, 3))), "tracker"]
    return {**dict.fromkeys(unknown, ""), **plain(job), "status": FAILED}


def _refuse_useless(array: np.ndarray, job: dict, damage: str) -> None:
    if len(array) < FEWEST_FRAMES and damage:
        raise DataError(job["source"], *damage.rsplit(". ", 1))
    if len(array) < FEWEST_FRAMES:
        raise DataError(job["source"], "video ir tikai viens kadrs", "Vajag video, nevis attēlu")
    if not (seen(array, RIGHT_HAND) | seen(array, LEFT_HAND)).any():
        person = "cilvēks ir redzams, bet" if seen(array, POSE).any() else "cilvēks nav redzams un"
        raise DataError(job["source"], f"{person} nevienā kadrā nav atrasta roka",
                        "Filmējiet no jostasvietas līdz galvai, ar plaukstu kadrā un labā gaismā")
