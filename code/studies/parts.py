"""A study in several processes that goes on after a stop: each training's row is written down when it has ended.

RESULTS is written when all have ended; an earlier study's stays until then and is never gone on from, since the network
may have changed.
"""

import contextlib
import json
import subprocess
import sys
from pathlib import Path

from ground.files import make_folder, write_json
from ground.kinds import Whole
from ground.options import numbers_of


def in_processes(module: str, settings: dict[str, str], results: Path) -> list[dict]:
    """Starts the study `module` PROCESSES times, each with its PART; once they have ended, writes all rows to `results`
    and gives them. Ends with a sentence when a process stopped."""
    count = int(numbers_of(settings, {"PROCESSES": Whole(1, 64)})["PROCESSES"])
    parts = [settings | {"PART": str(number)} for number in range(count)]
    workers = [subprocess.Popen([sys.executable, "-m", module,
                                 *(word for pair in part.items() for word in ("-p", *pair))]) for part in parts]
    if any([worker.wait() for worker in workers]):
        sys.exit("Kāds no procesiem apstājās; palaidiet vēlreiz, pabeigtais nepazudīs.")
    rows = ended(results)
    write_json(results, rows)
    for path in unfinished(results):
        path.unlink()
    return rows


def write_down(row: dict, results: Path, part: int) -> None:
    """Adds the row of a training that has ended to what a part has written."""
    make_folder(results.parent)
    with results.with_name(f".unfinished_{results.stem}_{part}.jsonl").open("a", encoding="utf-8") as file:
        file.write("\n" + json.dumps(row) + "\n")  # on a line of its own, whatever a stop left before it


def ended(results: Path) -> list[dict]:
    """The rows of the trainings that have ended; a line that a stop cut off is none."""
    rows = []
    for path in unfinished(results):
        for line in path.read_text(encoding="utf-8").splitlines():
            with contextlib.suppress(json.JSONDecodeError):
                rows.append(json.loads(line))
    return rows


def unfinished(results: Path) -> list[Path]:
    """The files of a study that runs or was stopped."""
    return sorted(results.parent.glob(f".unfinished_{results.stem}_*.jsonl"))
