"""The page's server over HTTP and WebSocket: who may ask, videos, downloads, recordings, the camera, its end."""

import asyncio
import contextlib
import http.client
import json
import re
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import types
import urllib.parse
from pathlib import Path

import cv2
import pytest
from tornado.httpclient import HTTPRequest
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop
from tornado.websocket import websocket_connect

from app import jobs, page, server
from app.jobs import Jobs
from app.keeping import keep_video, phrase_signs
from app.server import LARGEST, Shared, application
from frames.video import VideoFacts, read_frames
from ground.errors import DataError
from ground.files import ROOT
from recognition.alignment import Sign
from recognition.recognise import _remarks
from recognition.stream import Line
from start import surroundings

CLIP = ROOT / "data" / "videos" / "š-o-d-i-e-n" / "virtual_signer_4.webm"
CHAR_MAP = {sign: number for number, sign in enumerate(["r", "ī", "g", "a", " ", "10", "1", "0"])}
PATIENCE = 120
HUGE = 300  # megabytes
CHUNK = bytes(1 << 20)


class Browser:
    """Asks a server as our page does: with its address as Host and Origin, unless told otherwise."""

    def __init__(self, port):
        self.port, self.origin = port, f"http://127.0.0.1:{port}"

    def ask(self, path, body=None, method=None, **headers):
        """The status, the content (of JSON: the object) and the headers of an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        method = method or ("GET" if body is None else "POST")
        connection.request(method, path, body, {"Origin": self.origin, **headers})
        answer = connection.getresponse()
        content, kind = answer.read(), answer.headers.get("Content-Type", "")
        connection.close()
        return answer.status, json.loads(content) if "json" in kind and content else content, answer.headers

    def read(self, video, name="šodien.webm"):
        """A job, followed to its end."""
        status, job, _ = self.ask(f"/videos?name={urllib.parse.quote(name)}", video)
        assert status == 200, job
        end = time.monotonic() + PATIENCE
        while job["state"] not in jobs.OVER and time.monotonic() < end:
            time.sleep(0.1)
            job = self.ask(f"/videos/{job['id']}")[1]
        return job

    async def live(self, origin=None):
        """A WebSocket for camera pictures."""
        headers = {"Origin": origin or self.origin}
        return await websocket_connect(HTTPRequest(f"ws://127.0.0.1:{self.port}/live", headers=headers))


@pytest.fixture
def model():
    found = ROOT / "models" / "lzv" / "1" / "lzv_model_exp1.tflite"
    if not found.exists():
        pytest.skip("no LiteRT model in models/lzv/1")
    return str(found)


@pytest.fixture
def char_map(tmp_path):
    (tmp_path / "char_map.json").write_text(json.dumps(CHAR_MAP))
    return tmp_path / "char_map.json"


@contextlib.contextmanager
def serving(shared):
    """A server in a thread, and a Browser for it."""
    [listening], ready, stopped = page.listening("0"), threading.Event(), []

    async def serve():
        http_server = HTTPServer(application(shared))
        http_server.add_sockets([listening])
        end = asyncio.Event()
        stopped.append((IOLoop.current(), end))
        ready.set()
        await end.wait()
        http_server.stop()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    ready.wait()
    try:
        yield Browser(listening.getsockname()[1])
    finally:
        loop, end = stopped[0]
        loop.add_callback(end.set)
        thread.join()


@pytest.fixture
def quick(tmp_path, char_map, monkeypatch):
    """A server that reads nothing: where only HTTP is tested."""
    monkeypatch.setattr(jobs, "get_ready", lambda: None)
    monkeypatch.setattr(jobs, "load_reader", lambda model: None)
    monkeypatch.setattr(jobs, "_read", lambda job, reader, tracker: None)
    (tmp_path / "files").mkdir()
    shared = Shared(tmp_path / "files", Jobs(tmp_path / "files"), tmp_path / "videos", char_map)
    with serving(shared) as browser:
        browser.shared = shared
        yield browser


@contextlib.contextmanager
def program(folder, *words):
    """The program as `run.py page` starts it, its temporary files in a folder; gives the process and what it said."""
    folder.mkdir()
    environment = {**surroundings.environment(), "PYTHONPATH": str(ROOT / "code"), "TMPDIR": str(folder),
                   "TEMP": str(folder), "PYTHONUTF8": "1"}
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it, and passes that on
    process = subprocess.Popen([sys.executable, "-m", "app.page", "--no-browser", *words], env=environment,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8")
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def address(process):
    """The port that the program says, and the lines before."""
    said = []
    while "http://" not in (said or [""])[-1]:
        said.append(process.stdout.readline())
        assert said[-1], said
    return int(said[-1].rsplit(":", 1)[1].strip(" /\n")), said[:-1]


def test_only_this_machine_can_connect():
    sockets = page.listening("0")
    try:
        assert [each.getsockname()[0] for each in sockets] == ["127.0.0.1"]
    finally:
        for each in sockets:
            each.close()


@pytest.fixture
def taken():
    with socket.create_server(("127.0.0.1", 0)) as one:
        yield one.getsockname()[1]


def test_a_port_that_the_user_wants_and_that_is_taken_is_said(taken):
    with pytest.raises(DataError, match=f"Ports {taken}: to jau lieto cita programma. Norādiet citu portu"):
        page.listening(str(taken))


def test_where_the_usual_port_is_taken_the_next_is_used(taken, monkeypatch, capsys):
    monkeypatch.setattr(page, "PORT", taken)
    [found] = page.listening(None)
    port = found.getsockname()[1]
    found.close()
    assert taken < port < taken + page.TRIED
    assert capsys.readouterr().out == f"Ports {taken} ir aizņemts, tāpēc lapa ir portā {port}.\n"


@pytest.mark.parametrize("word", ["x", "70000", "-1"])
def test_no_port_number_is_said(word):
    with pytest.raises(DataError, match="nav porta numurs"):
        page.listening(word)


def test_another_name_for_this_machine_is_refused(quick):
    """A site that lets its name point here would otherwise read all (DNS rebinding)."""
    for path in ("/", "/videos/x", "/page.js"):
        assert quick.ask(path, Host=f"evil.example:{quick.port}")[0] == 403
    assert quick.ask("/", Host=f"localhost:{quick.port}")[0] == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", "https://localhost", ""])
def test_another_site_cannot_send_anything(quick, origin):
    for path in ("/videos?name=a.mp4", "/recordings?phrase=a"):
        status, answer, _ = quick.ask(path, b"x", Origin=origin)
        assert status == 403 and answer["error"] == server.FOREIGN
    assert not list(quick.shared.folder.iterdir())
    with pytest.raises(Exception, match="403"):
        asyncio.run(quick.live(origin or "http://evil.example"))


def test_the_page_and_nothing_beside_it(quick):
    assert b"<title>" in quick.ask("/")[1]
    for name in server.FILES:
        assert quick.ask(f"/{name}")[0] == 200
    for path in ("/server.py", "/../page.py", "/..%2fpage.py", "/videos/..%2f..%2fx", "/videos/a/text.txt"):
        assert quick.ask(path)[0] == 404, path


def test_the_page_needs_nothing_from_outside():
    for name in server.FILES:
        text = (server.HERE / (name or "page.html")).read_text(encoding="utf-8")
        assert not re.findall(r"(?:https?:)?//[\w.-]+\.\w+", text), name
        assert text.count("\n") <= 300, name


def test_every_text_is_there_in_both_languages():
    script = (server.HERE / "page_texts.js").read_text(encoding="utf-8")
    latvian, english = (set(re.findall(r"(?:^ +|, )(\w+): \"", part, re.MULTILINE)) for part in re.search(
        r"\n  lv: \{\n(.*?)\n  \},\n  en: \{\n(.*?)\n  \},\n\};", script, re.DOTALL).groups())
    assert latvian == english
    asked = set(re.findall(r'data-text="(\w+)"', (server.HERE / "page.html").read_text(encoding="utf-8")))
    assert asked <= latvian


def test_the_english_page_says_in_english_what_speaks_against_a_reading():
    script = (server.HERE / "page_texts.js").read_text(encoding="utf-8")
    sentences, reasons = (re.findall(r"^  \[/(.*?)/s?, ", part, re.MULTILINE) for part in re.search(
        r"const SENTENCES = \[\n(.*?)\n\];\nconst REASONS = \[\n(.*?)\n\];", script, re.DOTALL).groups())
    facts = types.SimpleNamespace(damage="", several=True, frames=40, assumed=False, height=480)
    look = types.SimpleNamespace(seen=4, frames=40, hand_frames=4, steps=[0.1], palms=[0.001])
    signs = [Sign("a", 0.0, 0.1, 0.2, "b", 0.1, 0.0)]
    remarks = [*_remarks(facts, [Line(signs)], look), *_remarks(facts, [], look),
               *_remarks(facts, [], types.SimpleNamespace(seen=0, hand_frames=4)),
               *_remarks(facts, [], types.SimpleNamespace(seen=0, hand_frames=0))]
    assert len(set(remarks)) == 5 and all(any(re.search(one, remark) for one in sentences) for remark in remarks)
    why = remarks[1].split(": ", 1)[1].rstrip(".").split(", ")
    assert len(why) == 4 and all(any(re.search(one, reason) for one in reasons) for reason in why)
    for phrase in ("quiz", "wow", "x-a", "a--b"):
        with pytest.raises(DataError) as unknown:
            phrase_signs(phrase, {"a": 0, "b": 1, "z": 2})
        assert any(re.search(one, str(unknown.value)) for one in sentences), str(unknown.value)


def test_a_reader_that_fails_does_not_stop_the_rest(quick, monkeypatch):
    def fails():
        raise RuntimeError("unforeseen")

    with monkeypatch.context() as patch:
        patch.setattr(jobs, "get_ready", fails)
        assert quick.read(b"x", "a.mp4")["state"] == "failed"
    assert quick.read(b"x")["state"] == "done"


def test_an_error_of_one_video_does_not_stop_the_rest(quick, monkeypatch):
    def fails(job, reader, tracker):
        raise RuntimeError("unforeseen")

    with monkeypatch.context() as patch:
        patch.setattr(jobs, "_read", fails)
        job = quick.read(b"x", "a.mp4")
    assert job["state"] == "failed" and job["error"].startswith("a.mp4: kļūda programmā;")
    assert quick.read(b"x")["state"] == "done"


def test_only_the_last_videos_are_kept(quick):
    first = quick.read(b"x")
    for _ in range(jobs.KEPT):
        assert quick.read(b"x")["state"] == "done"
    assert len(list(quick.shared.folder.iterdir())) == jobs.KEPT
    status, answer, _ = quick.ask(f"/videos/{first['id']}")
    assert status == 404 and answer["error"] == server.GONE


def test_a_video_that_is_too_large_is_refused_before_it_is_sent(quick):
    status, answer, _ = quick.ask("/videos?name=a.mp4", b"x", **{"Content-Length": str(LARGEST + 1)})
    assert status == 413 and "2 GB" in answer["error"]


def test_a_full_disk_is_said(quick, monkeypatch):
    class Full:
        def __init__(self, *_):
            self.close = lambda: None

        def write(self, chunk):
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "open", Full)
    status, answer, _ = quick.ask("/videos?name=a.mp4", b"x" * 1000)
    assert status == 400 and "disks ir pilns" in answer["error"]


def test_a_recording_is_kept_under_its_phrase_and_nothing_is_overwritten(quick):
    clip = CLIP.read_bytes()
    for number, phrase in ((1, "Rīga"), (2, "r-ī-g-a")):
        status, answer, _ = quick.ask(f"/recordings?name=kamera.webm&phrase={urllib.parse.quote(phrase)}", clip)
        assert status == 200, answer
        assert Path(answer["kept"]) == quick.shared.videos / "r-ī-g-a" / f"kamera_000{number}.webm"
        assert Path(answer["kept"]).read_bytes() == clip
    for _ in range(50):  # it goes once the answer has been sent
        if not list(quick.shared.folder.iterdir()):
            break
        time.sleep(0.1)
    assert not list(quick.shared.folder.iterdir())


def test_a_video_that_was_read_is_kept_too(quick):
    job = quick.read(CLIP.read_bytes())
    answer = quick.ask(f"/recordings?job={job['id']}&phrase=10%20r", b"")[1]
    assert Path(answer["kept"]) == quick.shared.videos / "10- -r" / "video_0001.webm"


@pytest.mark.parametrize("phrase, said", [("rūga", "zīmes «ū» nav"), ("", "nav ierakstīts, kas rādīts"),
                                          ("r-/-a", "zīmes «/» nav"), ("../x", "nav")])
def test_a_wrong_phrase_is_said_and_nothing_is_kept(quick, phrase, said):
    status, answer, _ = quick.ask(f"/recordings?name=a.webm&phrase={urllib.parse.quote(phrase)}", CLIP.read_bytes())
    assert status == 400 and said in answer["error"]
    assert not quick.shared.videos.exists()


def test_what_is_no_video_is_not_kept(tmp_path):
    (tmp_path / "a.webm").write_bytes(bytes(1000))
    with pytest.raises(DataError, match="video nevar atvērt"):
        keep_video(tmp_path / "a.webm", "rīga", CHAR_MAP, tmp_path / "videos")
    assert not (tmp_path / "videos").exists()


def test_a_phrase_to_be_kept_has_the_signs_of_the_model_that_was_asked_for(tmp_path):
    """Another language's letters are not among the repository's."""
    asked, usual = (Shared(tmp_path, Jobs(tmp_path), model=model).signs() for model in ("models/asl/42", None))
    assert "x" in asked and "ķ" not in asked
    assert "ķ" in usual and "x" not in usual


@pytest.mark.parametrize("sign", ["/", "..", "/etc"])
def test_a_sign_that_no_folder_can_carry_stays_out_of_the_folders(sign, tmp_path):
    with pytest.raises(DataError, match="nevar ierakstīt mapes nosaukumā"):
        keep_video(CLIP, f"a-{sign}-a", {"a": 0, sign: 1}, tmp_path / "videos")
    assert not any(tmp_path.iterdir())


def test_a_number_with_another_ending_is_taken_as_well(tmp_path):
    folder = tmp_path / "r-a"
    folder.mkdir()
    (folder / "kamera_0007.mov").touch()
    assert keep_video(CLIP, "ra", CHAR_MAP, tmp_path, "kamera").name == "kamera_0008.webm"


@pytest.mark.parametrize("phrase, signs", [("rīga", "r ī g a"), (" RĪGA ", "r ī g a"), ("r-ī-g-a", "r ī g a"),
                                           ("r-a- ", "r a"), ("10", "10"), ("1-0", "1 0"), ("10-1", "10 1"),
                                           ("101", "1 0 1")])
def test_words_and_phrases_are_understood(phrase, signs):
    assert phrase_signs(phrase, CHAR_MAP) == signs.split()


def test_a_video_the_whole_way(tmp_path, char_map, model):
    """Read, drawn, downloaded; then what is no video, by the same server."""
    pytest.importorskip("av")
    with serving(Shared(tmp_path, Jobs(tmp_path, model, "hands"), tmp_path / "videos", char_map)) as browser:
        job = browser.read(CLIP.read_bytes(), "C:\\video\\šo\"dien.webm")
        assert job["state"] == "done" and job["name"] == "šodien.webm", job
        assert job["result"]["text"] == "Šodien" and job["result"]["source"] == "šodien.webm"
        assert [sign["sign"] for sign in job["lines"][0]["signs"]] == list("šodien")
        here = f"/videos/{job['id']}"
        whole = browser.ask(f"{here}/overlay.webm")
        assert whole[0] == 200 and whole[2]["Content-Type"] == "video/webm" and whole[2]["Accept-Ranges"] == "bytes"
        part = browser.ask(f"{here}/overlay.webm", Range="bytes=100-199")
        assert part[0] == 206 and part[1] == whole[1][100:200]
        assert part[2]["Content-Range"] == f"bytes 100-199/{len(whole[1])}"
        (tmp_path / "overlay.webm").write_bytes(whole[1])
        facts = VideoFacts()
        assert sum(1 for _ in read_frames(tmp_path / "overlay.webm", facts)) == job["result"]["frames"]
        assert facts.height > job["result"]["height"]  # the text's band
        srt, written = browser.ask(f"{here}/text.srt"), browser.ask(f"{here}/text.json")
        assert srt[1].decode().splitlines()[2] == "Šodien" and written[1] == job["result"]
        for answer, ending in ((srt, "srt"), (written, "json")):
            named = f"attachment; filename*=UTF-8''%C5%A1odien.{ending}"
            assert answer[2]["Content-Disposition"] == named
        wrong = browser.read(b"no video" * 1000, "piezīmes.mp4")
        assert wrong["error"].startswith("piezīmes.mp4: video nevar atvērt.") and str(tmp_path) not in wrong["error"]


def test_the_camera_reads_letters(tmp_path, model):
    async def sign(browser):
        connection = await browser.live()
        answers = [json.loads(await connection.read_message())]
        for number, image in enumerate(read_frames(CLIP, VideoFacts())):
            jpeg = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR))[1].tobytes()
            await connection.write_message(struct.pack("<d", number / 25) + jpeg, binary=True)
            answers.append(json.loads(await connection.read_message()))
        await connection.write_message("clear")
        answers.append(json.loads(await connection.read_message()))
        await connection.write_message(struct.pack("<d", float("nan")) + jpeg, binary=True)
        answers.append(json.loads(await connection.read_message()))
        connection.close()
        return answers

    with serving(Shared(tmp_path, Jobs(tmp_path), model=model)) as browser:
        ready, *answers, cleared, wrong = asyncio.run(sign(browser))
    assert ready == {"ready": True} and cleared == {"cleared": True} and "error" in wrong
    assert all(len(answer["hands"]) == 42 and len(answer["hands"][0]) == 2 for answer in answers)
    assert sum(any(x for x, y in answer["hands"]) for answer in answers) > len(answers) / 2
    lines = [line["text"] for answer in answers for line in answer["lines"]]
    read = "".join(lines) + "".join(sign["sign"] for sign in answers[-1]["signs"])
    assert read.lower() == "šodien"
    first = next(answer["signs"] for answer in answers if answer["signs"])[0]
    assert set(first) == {"sign", "confidence", "doubtful", "second", "second_confidence"}


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_a_large_upload_does_not_stay_in_memory_and_leaves_no_file(tmp_path, model):
    def peak(process):
        return int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{process.pid}/status").read_text())[1]) / 1024

    with program(tmp_path / "temporary", "--port", "0", "--model", model) as process:
        browser = Browser(address(process)[0])
        assert browser.read(b"first")["state"] == "failed"  # all that is imported late is now
        before = peak(process)
        job = browser.read((CHUNK for _ in range(HUGE)), "nulles.mp4")
        assert job["error"].startswith("nulles.mp4: video nevar atvērt")
        assert peak(process) - before < HUGE / 3
        assert list((tmp_path / "temporary").iterdir())
        process.send_signal(signal.SIGINT)
        rest = process.communicate(timeout=PATIENCE)[0]
    assert rest.splitlines()[-1] == "Lapa ir aizvērta." and "Traceback" not in rest
    assert process.returncode == 0
    assert not list((tmp_path / "temporary").glob("lzv_page_*"))


def test_the_page_is_there_before_anything_slow_is_loaded():
    ask = "import sys, app.page; print({'tensorflow', 'mediapipe', 'pandas', 'matplotlib'} & set(sys.modules))"
    said = subprocess.run([sys.executable, "-c", ask], cwd=ROOT / "code", capture_output=True, encoding="utf-8")
    assert said.stdout == "set()\n", said.stderr


def test_what_is_not_understood_ends_with_a_sentence(tmp_path):
    with program(tmp_path / "temporary", "--prot", "1") as process:
        assert process.communicate(timeout=PATIENCE)[0] == "--prot: tādas izvēles nav. Vai domāts --port?\n"
        assert process.returncode == 1
