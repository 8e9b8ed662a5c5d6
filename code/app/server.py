"""The page's server: videos and camera pictures in, text out, for the browsers of this machine and for our page alone.

GET  /                        the page
POST /videos?name=            a video as the body -> its job; GET /videos/ID says how far it is
GET  /videos/ID/overlay.webm, text.srt, text.json
WS   /live                    a second (float64, little endian) and a JPEG -> hands and text as JSON; "clear" forgets
POST /recordings?phrase=      a clip as the body, or &job=ID -> kept in the corpus
"""

import asyncio
import contextlib
import dataclasses
import json
import math
import re
import secrets
import struct
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
from tornado import web, websocket

from app.jobs import Job, Jobs, described_line, described_signs, get_ready
from app.keeping import ending_of, keep_video
from ground.errors import DataError
from ground.files import ROOT, cannot_write, shown
from ground.signs import load_char_map
from recognition.live import Live
from recognition.sign_reader import load_reader

HERE = Path(__file__).parent
FILES = {"": "text/html", "page.css": "text/css", **{f"page{part}.js": "text/javascript" for part in
                                                     ("", "_texts", "_signs", "_video", "_camera")}}
OURS = ("127.0.0.1", "localhost")
LARGEST = 2 << 30  # bytes of an upload
LARGEST_PICTURE = 4 << 20
LONGEST_NAME = 100
FOREIGN = "Šī lapa darbojas tikai šajā datorā: atveriet adresi, kas redzama terminālī."
GONE = "Šis video vairs nav atmiņā. Izvēlieties to vēlreiz."
TOO_LARGE = "Video ir lielāks par 2 GB. Sagrieziet to īsākos gabalos."
FAULT = "Lapai gadījās kļūda; kas par kļūdu, rakstīts terminālī, no kura lapa palaista. Mēģiniet vēlreiz."
SENTENCES = {403: FOREIGN, 404: GONE, 413: TOO_LARGE}


@dataclasses.dataclass
class Shared:
    """What all requests share: temporary files' folder, jobs, the corpus, and the model and tracker of the camera."""

    folder: Path
    jobs: Jobs
    videos: Path = ROOT / "data" / "videos"
    char_map: Path = ROOT / "char_map.json"
    model: str | None = None
    tracker: str = "hands"

    def signs(self) -> dict[str, int]:
        """The signs that a phrase to be kept may have: those of the model that was asked for, or the repository's."""
        if self.model is None:
            return load_char_map(self.char_map)
        return {sign: number for number, sign in enumerate(load_reader(self.model).signs)}


def application(shared: Shared) -> web.Application:
    """The server's application."""
    known = {"shared": shared}
    job = r"/videos/([\w-]+)"
    return web.Application([
        (r"/videos", Videos, known), (job, Progress, known),
        (job + r"/overlay\.webm", Overlay, {**known, "path": str(shared.folder)}),
        (job + r"/text\.(srt|json)", Written, known), (r"/live", Camera, known), (r"/recordings", Recordings, known),
        (r"/([\w.]*)", Files, known),
    ], websocket_max_message_size=LARGEST_PICTURE, log_function=lambda handler: None)


class Ours(web.RequestHandler):
    """Refuses who is not our page: another machine's name for this one, or another site in the user's browser."""

    def initialize(self, shared: Shared, **rest) -> None:
        self.shared = shared
        super().initialize(**rest)

    def prepare(self) -> None:
        if self.request.host_name not in OURS:
            raise web.HTTPError(403)
        asks_only = self.request.method in ("GET", "HEAD") and not isinstance(self, websocket.WebSocketHandler)
        if not asks_only and self.request.headers.get("Origin") != f"http://{self.request.host}":
            raise web.HTTPError(403)

    def set_default_headers(self) -> None:
        self.set_header("Content-Security-Policy",
                        "default-src 'self'; media-src 'self' blob:; img-src 'self' data:; frame-ancestors 'none'; "
                        f"connect-src 'self' ws://{self.request.host}; base-uri 'none'; form-action 'none'")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cross-Origin-Resource-Policy", "same-origin")
        self.set_header("Cache-Control", "no-cache")

    def write_error(self, status_code: int, **details) -> None:
        fault = details.get("exc_info", (None, None))[1]
        known = isinstance(fault, DataError)
        if known:
            self.set_status(400)
        self.finish({"error": str(fault) if known else SENTENCES.get(status_code, FAULT)})

    def log_exception(self, kind, fault, trace) -> None:
        if not isinstance(fault, DataError):
            super().log_exception(kind, fault, trace)

    def job(self, number: str) -> Job:
        """The job of this id; another ends the request with a sentence."""
        if number not in self.shared.jobs.jobs:
            raise web.HTTPError(404)
        return self.shared.jobs.jobs[number]


class Files(Ours):
    """The page's own files, those of the list."""

    def get(self, name: str) -> None:
        if name not in FILES:
            raise web.HTTPError(404)
        self.set_header("Content-Type", f"{FILES[name]}; charset=utf-8")
        self.finish((HERE / (name or "page.html")).read_bytes())


@web.stream_request_body
class Upload(Ours):
    """A request whose body goes to a temporary file, piece by piece, as it comes."""

    file = fault = None

    def prepare(self) -> None:
        super().prepare()
        if self.request.method != "POST":
            raise web.HTTPError(405)
        if int(self.request.headers.get("Content-Length", 0)) > LARGEST:
            raise web.HTTPError(413)
        self.request.connection.set_max_body_size(LARGEST)
        self.path = self.shared.folder / f"{secrets.token_hex(8)}{ending_of(self.get_query_argument('name', ''))}"
        self.file = self.path.open("wb")

    def data_received(self, chunk: bytes) -> None:
        try:
            if not self.fault:
                self.file.write(chunk)
        except OSError as error:
            self.fault = cannot_write(self.path, error)  # told when all has come: before, no browser listens

    def received(self) -> Path:
        """The whole file. Raises DataError where it could not be written."""
        self.file.close()
        if self.fault:
            raise self.fault
        return self.path

    def on_finish(self) -> None:
        self._put_away()

    def on_connection_close(self) -> None:
        super().on_connection_close()
        self._put_away()

    def _put_away(self) -> None:
        if self.file:
            self.file.close()
            self.path.unlink(missing_ok=True)


class Videos(Upload):
    """A video to be read."""

    def post(self) -> None:
        name = plain_name(self.get_query_argument("name", ""))
        self.finish(self.shared.jobs.add(name, ending_of(name), self.received()).described())


class Recordings(Upload):
    """A clip, or a video that was read, to be kept."""

    async def post(self) -> None:
        number = self.get_query_argument("job", "")
        file, name = (self.job(number).video, "video") if number else (self.received(), "kamera")
        phrase = self.get_query_argument("phrase", "", strip=False)
        kept = await asyncio.get_running_loop().run_in_executor(None, self._keep, file, phrase, name)
        self.finish({"kept": shown(kept)})

    def _keep(self, file: Path, phrase: str, name: str) -> Path:
        return keep_video(file, phrase, self.shared.signs(), self.shared.videos, name)


class Progress(Ours):
    """How far a job is."""

    def get(self, number: str) -> None:
        self.finish(self.job(number).described())


class Written(Ours):
    """What was read as a file, with the video's name."""

    def get(self, number: str, kind: str) -> None:
        job = self.job(number)
        if job.result is None:
            raise web.HTTPError(404)
        name = urllib.parse.quote(f"{Path(job.name).stem}.{kind}", safe="")
        self.set_header("Content-Disposition", f"attachment; filename*=UTF-8''{name}")
        self.set_header("Content-Type", f"{'application/json' if kind == 'json' else 'application/x-subrip'}; "
                                        "charset=utf-8")
        self.finish(job.srt if kind == "srt" else json.dumps(job.result, ensure_ascii=False, indent=1) + "\n")


class Overlay(Ours, web.StaticFileHandler):
    """The video with landmarks and text; a part of it where the player asks for one."""

    def parse_url_path(self, url_path: str) -> str:
        job = self.job(url_path)
        if job.overlay is None:
            raise web.HTTPError(404)
        return job.overlay.relative_to(self.shared.folder).as_posix()

    def set_extra_headers(self, path: str) -> None:
        self.set_header("Content-Type", "video/webm")


class Camera(Ours, websocket.WebSocketHandler):
    """One camera: a Live and the one thread in which its MediaPipe lives."""

    def check_origin(self, origin: str) -> bool:
        return True  # `prepare` has held it against ours

    async def open(self) -> None:
        self.set_nodelay(True)
        self.thread, self.live, self.told, self.time = ThreadPoolExecutor(1), None, 0, 0.0
        with contextlib.suppress(websocket.WebSocketClosedError):
            try:
                await self._in_thread(self._begin)
                await self.write_message({"ready": True})
            except DataError as error:
                await self.write_message({"error": str(error)})
                self.close()

    async def on_message(self, message: str | bytes) -> None:
        answer = await self._in_thread(self._look if isinstance(message, bytes) else self._clear, message)
        with contextlib.suppress(websocket.WebSocketClosedError):
            await self.write_message(answer)

    def on_close(self) -> None:
        if hasattr(self, "thread"):
            self.thread.submit(self._end)
            self.thread.shutdown(wait=False)

    async def _in_thread(self, work, *given):
        return await asyncio.get_running_loop().run_in_executor(self.thread, work, *given)

    def _begin(self) -> None:
        get_ready()
        self.live = Live(load_reader(self.shared.model), self.shared.tracker).__enter__()

    def _end(self) -> None:
        if self.live:
            self.live.__exit__(None, None, None)

    def _clear(self, message: str) -> dict:
        self.live.clear()
        self.told = 0
        return {"cleared": True}

    def _look(self, message: bytes) -> dict:
        """The hands in a picture (42 points, unseen ones at 0), the open line, and the lines that are new."""
        time = struct.unpack_from("<d", message)[0] if len(message) > 8 else math.nan
        image = cv2.imdecode(np.frombuffer(message, np.uint8)[8:], cv2.IMREAD_COLOR) if math.isfinite(time) else None
        if image is None:
            return {"error": "Kameras attēlu nevar nolasīt."}
        self.time = max(self.time, time)
        hands = self.live.look(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), self.time)
        lines, self.told = self.live.lines[self.told:], len(self.live.lines)
        return {"hands": hands[:, :2].astype(float).round(4).tolist(), "signs": described_signs(self.live.signs),
                "lines": [described_line(line) for line in lines]}


def plain_name(name: str) -> str:
    """A file's name as it is shown and as downloads bear it: no folders, nothing invisible, not too long.

    >>> plain_name("C:\\\\x\\\\a/../b\\n.mp4"), plain_name("")
    ('b.mp4', 'video')
    """
    name = re.sub(r"[\x00-\x1f\x7f\"<>|:*?]", "", re.split(r"[/\\]", name)[-1]).strip(". ")
    stem, ending = Path(name).stem, Path(name).suffix
    return f"{stem[:LONGEST_NAME]}{ending[:8]}" or "video"
