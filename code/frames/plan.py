"""The plan of an extraction: what is new or changed, what fails before any work, and which names the new ones get."""

import dataclasses
from fnmatch import fnmatch
from pathlib import Path

import pandas as pd

from frames.following import (
    TWIN,
    UNFIT,
    Corpus,
    adopted,
    follow_moved,
    mark_gone,
    noted,
    phrase_of_folder,
    remembered_rows,
)
from frames.video import DAMAGED, refuse_no_file
from ground.errors import DataError
from ground.files import fingerprint, remove
from ground.names import array_path, next_name, phrase_of, some, taken_names
from ground.signs import join_phrase
from ground.table import DONE, FAILED, FILLED_BY_USER, STARTED, STATUSES, WAITING, is_generated


@dataclasses.dataclass(frozen=True)
class Plan:
    """`rows`: the whole table by name, before the work; `jobs`: rows of the videos to be worked on, with their `path`;
    `died`: sources that were in work when an earlier run was killed; `marked`: names that the user leaves out while
    they wait for their turn."""

    rows: dict[str, dict]
    jobs: list[dict]
    died: list[str]
    marked: set[str] = dataclasses.field(default_factory=set)


def plan_of(corpus: Corpus, found: dict[str, Path], table: pd.DataFrame) -> Plan:
    """Looks at every video and every row; moves arrays of moved videos, otherwise only plans."""
    rows = remembered_rows(corpus, table)
    prints, faults = _fingerprints(found)
    follow_moved(rows, found, prints, corpus)
    mark_gone(rows, found, prints, corpus)
    died = [row["source"] for row in rows.values() if row["status"] == STARTED and row["source"] in found]
    by_source = {row["source"]: row for row in rows.values()}
    copies: dict[str, list[str]] = {}
    for source in prints:
        copies.setdefault(prints[source], []).append(source)
    jobs = []
    for source, path in found.items():
        known = by_source.get(source, {})
        job = {"source": source, "path": str(path), "fingerprint": prints.get(source, ""),
               "tracker_setting": corpus.tracker,
               "mirrored": str(int(any(fnmatch(source, pattern) for pattern in corpus.mirrored))),
               "generated": str(int(is_generated({"source": source})))}
        try:
            if source in faults:
                raise faults[source]
            job["phrase"] = join_phrase(phrase_of_folder(path, source, corpus))
        except DataError as error:
            _leave_out(rows, known, job, error, corpus)
            continue
        others = [other for other in copies[prints[source]] if other != source]
        left_out = {other for other in others if by_source.get(other, {}).get("status") == FAILED}
        job["twin"] = _twin(source, others, left_out)
        if known and _is_done(known, job, corpus):
            known["reason"] = noted(known["reason"], job["twin"])
        else:
            jobs.append(job)
    return Plan(rows, _with_names(jobs, by_source, rows, corpus), died)


def keep_row(rows: dict[str, dict], row: dict) -> None:
    """Puts a new row in the place of the old one of the same source; what the user filled in stays."""
    old = next((known for known in rows.values() if known["source"] == row["source"]), {})
    rows.pop(old.get("name"), None)
    kept = {key: value for key, value in old.items() if key in FILLED_BY_USER or key not in row}
    rows[row["name"]] = {**row, **kept}


def plain(job: dict) -> dict:
    """A job as a row of the table."""
    return {key: value for key, value in job.items() if key not in ("path", "twin")}


def mirrored_patterns(mirrored: list[str] | str, found: dict[str, Path]) -> list[str]:
    """MIRRORED as a list. Raises DataError for a pattern that fits no video, where there are videos: a mistyped one
    would leave selfies mirrored without a word."""
    patterns = [mirrored] if isinstance(mirrored, str) else list(mirrored)
    for pattern in patterns:
        if found and not any(fnmatch(source, pattern) for source in found):
            raise DataError("MIRRORED", f"rakstam «{pattern}» neatbilst neviens video",
                            f'Video ir, piemēram, «{next(iter(found))}»; visiem der ["*"]')
    return patterns


def _fingerprints(found: dict[str, Path]) -> tuple[dict[str, str], dict[str, DataError]]:
    """By source: the fingerprints, and what is wrong with the files that cannot be read."""
    prints, faults = {}, {}
    for source, path in found.items():
        try:
            refuse_no_file(path)
            prints[source] = fingerprint(path)
        except DataError as error:
            faults[source] = error
        except OSError as error:  # a card or a share that fails
            faults[source] = DataError(source, f"failu nevar nolasīt ({error.strerror})", "Nokopējiet to vēlreiz")
    return prints, faults


def _leave_out(rows: dict[str, dict], known: dict, job: dict, error: DataError, corpus: Corpus) -> None:
    """A row for a video whose place says no phrase, or that cannot be read; what was known of it stays known."""
    if known and _is_marked(known, corpus):
        return
    reason = f"{UNFIT}{error.fault}. {error.remedy}. {_damage(known.get('reason', ''))}"
    keep_row(rows, {**known, **plain(job), "name": known.get("name") or job["source"],
                    "fingerprint": known.get("fingerprint") or job["fingerprint"],
                    "tracker_setting": known.get("tracker_setting", ""), "phrase": known.get("phrase", ""),
                    "status": FAILED, "reason": reason.strip(" .")})


def _is_marked(row: dict, corpus: Corpus) -> bool:
    """Whether the user left the recording out: what fails by itself has a reason and no array."""
    if row["status"] != FAILED or row["reason"].startswith(UNFIT):
        return False
    return not row["reason"] or row["reason"].startswith((DAMAGED, TWIN)) or corpus.has_array(row)


def _damage(reason: str) -> str:
    """What a reason says of damage, "" where it says nothing of it."""
    return reason[reason.index(DAMAGED):] if DAMAGED in reason else ""


def _twin(source: str, others: list[str], left_out: set[str]) -> str:
    """What is to be said of a video whose copies lie in other places: one of two phrases cannot be right."""
    phrases = {other.split("/")[-2:-1] != source.split("/")[-2:-1] for other in others}
    doubt = ", un viena no frāzēm ir nepareiza" if True in phrases else ""
    copies = [f"{other} ({FAILED})" if other in left_out else other for other in others]
    return f"{TWIN} {some(copies)}{doubt}. Atstājiet vienu" if others else ""


def _is_done(row: dict, job: dict, corpus: Corpus) -> bool:
    """Whether a video's row says what a new extraction would say, or what the user wants it to say."""
    if phrase_of(row) != job["phrase"]:
        return False
    if _is_marked(row, corpus):
        if row["fingerprint"] != job["fingerprint"]:  # another content: should it be taken back in, it is new
            remove(array_path(corpus.arrays, job["phrase"], row["name"]))
            row["fingerprint"] = job["fingerprint"]
        return True
    if row["reason"].startswith(UNFIT) and corpus.has_array(row):
        row |= {"status": DONE, "reason": _damage(row["reason"])}
    same = all(row[key] == job[key] for key in ("fingerprint", "mirrored"))
    if row["status"] not in STATUSES and row["fingerprint"] == job["fingerprint"] and corpus.has_array(row):
        if row["status"]:
            return True  # a word of the user's own: preprocessing asks about it
        row["status"] = DONE  # the user took it back in
    trackers = (row["tracker_setting"], row["tracker"] or "holistic")
    if not same or (corpus.tracker not in trackers and row["tracker"] != "pose"):
        return False
    return corpus.has_array(row) if row["status"] == DONE else row["status"] == FAILED


def _with_names(jobs: list[dict], by_source: dict[str, dict], rows: dict[str, dict], corpus: Corpus) -> list[dict]:
    """The jobs that are to be done, each with its recording's name and a row; arrays that lie there are taken over."""
    known = {job["source"]: by_source.get(job["source"], {}) for job in jobs}
    whole, doubtful = adopted([job for job in jobs if not known[job["source"]]], rows, corpus.arrays)
    for row in whole:
        by_hand = {key: value for key, value in rows.get(row["name"], {}).items() if value}
        keep_row(rows, {**by_hand, **plain(row), "status": DONE, "reason": noted(row["reason"], row["twin"])})
    adopted_sources = {row["source"] for row in whole}
    taken = taken_names(rows, corpus.arrays)
    left = [job for job in jobs if job["source"] not in adopted_sources]
    for job in left:
        row, free = known[job["source"]], doubtful.get(job["phrase"])
        if row and phrase_of(row) == job["phrase"]:
            job["name"] = row["name"]
        else:
            job["name"] = free.pop(0) if free else next_name(job["phrase"], taken)
        taken.add(job["name"])
        keep_row(rows, {**plain(job), "status": WAITING, "reason": row.get("reason", "")})
    return left
