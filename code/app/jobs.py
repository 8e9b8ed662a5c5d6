"""Videos that the page reads: one after another in a thread of their own, each with a folder that goes away with it."""

import dataclasses
import logging
import queue
import secrets
import shutil
import threading
from pathlib import Path

from ground.errors import DataError
from recognition.alignment import Sign
from recognition.recognise import Recognition, recognise
from recognition.sign_reader import load_reader
from recognition.source import Facts
from recognition.stream import Line
from recognition.text import DOUBTFUL, doubtful, text_of
from recognition.written import as_json, as_srt

KEPT = 5  # videos that are remembered once they are read
OVER = ("done", "failed")
UNFORESEEN = "kļūda programmā; tā aprakstīta terminālī"
_first_use = threading.Lock()


@dataclasses.dataclass
class Job:
    """A video that waits, is read, is drawn, is done or has failed; `name` is the user's name for it."""

    id: str
    name: str
    video: Path
    state: str = "waiting"
    lines: list[Line] = dataclasses.field(default_factory=list)
    facts: Facts | None = None
    result: dict | None = None
    srt: str = ""
    overlay: Path | None = None
    error: str = ""

    def described(self) -> dict:
        """All that the page shows of it, for JSON; `result` is None until all is read."""
        return {"id": self.id, "name": self.name, "state": self.state, "error": self.error, "result": self.result,
                "lines": [described_line(line) for line in self.lines], "doubtful": DOUBTFUL,
                "seconds": round(self.facts.seconds, 1) if self.facts else None, "overlay": self.overlay is not None}


class Jobs:
    """The jobs of a server: `folder` holds their files, `model` and `tracker` are as for `recognise`."""

    def __init__(self, folder: Path, model: str | None = None, tracker: str = "auto"):
        self.folder, self.model, self.tracker = folder, model, tracker
        self.reader = None  # loaded for the first video
        self.jobs: dict[str, Job] = {}
        self.waiting: queue.Queue[Job] = queue.Queue()
        threading.Thread(target=self._work, daemon=True).start()

    def add(self, name: str, ending: str, video: Path) -> Job:
        """Takes a file over as the next job."""
        self._forget()
        job = Job(secrets.token_urlsafe(12), name, video)
        (self.folder / job.id).mkdir()
        job.video = video.rename(self.folder / job.id / f"video{ending}")
        self.jobs[job.id] = job
        self.waiting.put(job)
        return job

    def busy(self) -> bool:
        """Whether a video is being read or waits for it."""
        return any(job.state not in OVER for job in self.jobs.values())

    def _forget(self) -> None:
        over = [job for job in self.jobs.values() if job.state in OVER]
        for job in over[:max(0, len(over) - KEPT + 1)]:
            del self.jobs[job.id]
            shutil.rmtree(self.folder / job.id, ignore_errors=True)

    def _work(self) -> None:
        while True:
            job = self.waiting.get()
            try:
                self._attempt(job)
            except DataError as error:
                job.error = about(job, error)
            job.state = "failed" if job.error else "done"

    def _attempt(self, job: Job) -> None:
        """Reads a job; a fault that nobody foresaw is a DataError too, for the next video is to be read all the
        same."""
        try:
            get_ready()
            self.reader = self.reader or load_reader(self.model)
            _read(job, self.reader, self.tracker)
        except DataError:
            raise
        except Exception as error:
            raise DataError(job.name, UNFORESEEN, "Mēģiniet ar citu video") from _told(error)


def _told(error: Exception) -> Exception:
    """Writes a fault of the program to the terminal; returns it."""
    logging.error("%s", error, exc_info=error)
    return error


def _read(job: Job, reader, tracker: str) -> None:
    def heard(line: Line, facts: Facts) -> None:
        job.facts = facts
        job.lines.append(line)

    job.state = "reading"
    recognition = recognise(job.video, reader, tracker, keep=True, heard=heard)
    job.srt = as_srt(recognition)
    job.result = {**as_json(recognition), "source": job.name}
    job.state = "drawing"
    _draw(job, recognition)


def _draw(job: Job, recognition: Recognition) -> None:
    """The overlay; a text without one is better than none."""
    from results.drawn import overlay  # with Matplotlib's fonts, and not before the page is there

    target = job.video.with_name("overlay.webm")
    try:
        overlay(recognition, job.video, target)
        job.overlay = target
    except DataError as error:
        job.result["remarks"].append(about(job, error))


def about(job: Job, error: DataError) -> str:
    """The sentence on a job's fault, with the user's name for the video in the place of ours."""
    ours = str(job.video.parent)
    return str(DataError(job.name, error.fault, error.remedy) if ours in error.place else error)


def described_line(line: Line) -> dict:
    """A line that has ended, for JSON."""
    return {"text": text_of(sign.sign for sign in line.signs), "signs": described_signs(line.signs)}


def described_signs(signs: list[Sign]) -> list[dict]:
    """Signs as they are read, for JSON."""
    return [{"sign": sign.sign, "confidence": round(sign.confidence, 3), "doubtful": doubtful(sign),
             "second": sign.second, "second_confidence": round(sign.second_confidence, 3)} for sign in signs]


def get_ready() -> None:
    """Imports MediaPipe: seconds in which the page is there already. By one thread at a time."""
    from frames.tracking import solutions

    with _first_use:
        solutions()
