"""The page as a user has it: a video dropped on it, both languages, downloads, and a clip for a camera."""

import base64
import json
import os
import subprocess
import sys
import time

import pytest
from page import A_MINUTE, SIZE, find_browser

from ground.files import ROOT
from start import surroundings

CLIP = ROOT / "data" / "videos" / "š-o-d-i-e-n" / "virtual_signer_4.webm"
PHONE = {"width": 400, "height": 800}
#: What a hand does that drags a file onto the page.
DROP = """([content, name]) => {
    const bytes = Uint8Array.from(atob(content), letter => letter.charCodeAt(0)), carried = new DataTransfer();
    carried.items.add(new File([bytes], name, { type: "video/webm" }));
    document.getElementById("drop").dispatchEvent(new DragEvent("drop", { dataTransfer: carried, bubbles: true,
                                                                          cancelable: true }));
}"""
REFUSED = "status of 400"  # Chromium's own note on an answer that the page shows as a sentence
REFUSES = "name => { navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', name); }; }"
FITS = "document.documentElement.scrollWidth <= innerWidth"
SHOWN_HANDS = """() => {
    const canvas = document.getElementById("hands");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let orange = 0;
    for (let at = 0; at < data.length; at += 4) orange += data[at] > 200 && data[at + 1] < 120 && data[at + 2] < 40;
    return orange > 100;
}"""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The program, with a corpus of its own; gives where it is."""
    if not (ROOT / "models" / "lzv" / "1" / "lzv_model_exp1.tflite").exists():
        pytest.skip("no LiteRT model in models/lzv/1")
    pytest.importorskip("av")
    corpus = tmp_path_factory.mktemp("corpus")
    start = (f"import sys; from pathlib import Path; from app import page, server; "
             f"server.Shared.__init__.__defaults__ = (Path({str(corpus)!r}),"
             f" *server.Shared.__init__.__defaults__[1:]); page.main()")
    process = subprocess.Popen([sys.executable, "-c", start, "--port", "0", "--no-browser", "--model", "1"],
                               env={**surroundings.environment(), "PYTHONPATH": str(ROOT / "code"), "PYTHONUTF8": "1"},
                               stdout=subprocess.PIPE, encoding="utf-8")
    yield process.stdout.readline().removeprefix("Lapa: ").strip()
    process.terminate()
    assert "Lapa ir aizvērta." in process.communicate(timeout=A_MINUTE / 1000)[0] or os.name == "nt"


@pytest.fixture(scope="module")
def with_camera(browser, tmp_path_factory):
    """A browser whose camera sees the clip, over and over."""
    import av

    film = tmp_path_factory.mktemp("camera") / "clip.mjpeg"
    with av.open(str(CLIP)) as source, av.open(str(film), "w", format="mjpeg") as target:
        stream = target.add_stream("mjpeg", rate=25, options={"qscale": "2"})
        stream.width, stream.height, stream.pix_fmt = 480, 640, "yuvj420p"
        for frame in source.decode(video=0):
            target.mux(stream.encode(frame.reformat(format="yuvj420p")))
        target.mux(stream.encode())
    started = find_browser(Camera(browser.browser_type, f"--use-file-for-fake-video-capture={film}"))
    yield started
    started.close()


class Camera:
    """Starts browsers with a camera that is none."""

    def __init__(self, kind, *words):
        self.kind = kind
        self.words = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", *words]

    def launch(self, **place):
        return self.kind.launch(args=self.words, **place)


class Opened:
    """The page in one browser's window; `faults`: what its scripts complain of."""

    def __init__(self, browser, address, size=SIZE, **how):
        self.page = browser.new_context(viewport=size, **how).new_page()
        self.faults = []
        self.page.on("pageerror", lambda fault: self.faults.append(str(fault)))
        self.page.on("console", lambda said: self.faults.append(said.text) if said.type == "error" and REFUSED not in
                     said.text else None)
        self.page.goto(address)

    def drop(self, content, name):
        """A file, dragged onto the page."""
        self.page.evaluate(DROP, [base64.b64encode(content).decode(), name])

    def close(self):
        self.page.context.close()
        assert self.faults == []


def until(page, condition):
    """Waits until a condition holds; Playwright's own way is what the page's security policy forbids."""
    end = time.monotonic() + A_MINUTE / 1000
    while not page.evaluate(condition):
        assert time.monotonic() < end, condition
        page.wait_for_timeout(50)


@pytest.fixture(scope="module")
def read(browser, address, screenshots):
    """The page with the clip read and drawn."""
    opened = Opened(browser, address)
    opened.page.screenshot(path=screenshots / "page.png")
    opened.drop(CLIP.read_bytes(), "mans šodien.webm")
    opened.page.wait_for_selector("#webm:not([hidden])", timeout=2 * A_MINUTE)
    opened.page.screenshot(path=screenshots / "page_result.png", full_page=True)
    yield opened.page
    opened.close()


def test_the_text_is_read(read):
    assert read.inner_text("#text") == "Šodien"
    assert read.locator("#rows tr").count() == len("šodien")
    assert read.locator("#rows button").all_inner_texts() == list("šodien")
    assert read.get_attribute("#text span", "title").startswith("š, ticamība ")


def test_the_overlay_plays(read):
    until(read, "film.src.endsWith('overlay.webm') && film.currentTime > 0.5")
    assert read.evaluate("film.error") is None and read.evaluate("film.videoHeight > film.videoWidth")


def test_a_sign_in_the_table_leads_there(read):
    start = float(read.inner_text("#rows tr:nth-child(4) td:nth-child(2)").removesuffix(" s").replace(",", "."))
    read.click("#rows tr:nth-child(4) button")
    until(read, f"Math.abs(film.currentTime - {start}) < 0.02 && film.paused")
    read.wait_for_selector("#rows tr:nth-child(4).now")


@pytest.mark.parametrize("kind", ["srt", "json"])
def test_downloads_bear_the_videos_name(read, kind):
    with read.expect_download() as waited:
        read.click(f"#{kind}")
    assert waited.value.suggested_filename == f"mans šodien.{kind}"
    text = waited.value.path().read_text(encoding="utf-8")
    assert "Šodien" in text and (kind == "srt" or json.loads(text)["text"] == "Šodien")


def test_the_language_changes_and_is_remembered(read):
    assert read.inner_text("h1") == "Pirkstu alfabēta lasītājs" and read.inner_text("#keep") == "Saglabāt kā ierakstu"
    read.click("[data-language=en]")
    try:
        assert read.inner_text("h1") == "Fingerspelling reader" and read.inner_text("#keep") == "Keep as a recording"
        assert read.get_attribute("#text span", "title").startswith("š, confidence ")
        assert read.get_attribute("html", "lang") == "en"
        other = read.context.new_page()
        other.goto(read.url)
        assert other.inner_text("#choose") == "Choose a file"
        other.close()
    finally:
        read.click("[data-language=lv]")


def test_it_is_kept_as_a_recording(read):
    read.click("#keep")
    assert read.input_value("#phrase") == "šodien"
    read.fill("#phrase", "šodqen")
    read.press("#phrase", "Enter")
    assert "zīmes «q» nav" in read.inner_text("#keep_fault:not([hidden])")
    read.fill("#phrase", "š-o-d-i-e-n")
    read.press("#phrase", "Enter")
    kept = read.inner_text("#kept:not([hidden])")
    assert kept.startswith("Saglabāts: ") and kept.endswith("š-o-d-i-e-n/video_0001.webm".replace("/", os.sep))


def test_it_fits_a_narrow_telephone(read):
    read.set_viewport_size(PHONE)
    try:
        assert read.evaluate(FITS)
    finally:
        read.set_viewport_size(SIZE)


@pytest.mark.parametrize("language, said", [("lv", "piezīmes.mp4: video nevar atvērt."),
                                            ("en", "piezīmes.mp4: the video cannot be opened.")])
def test_what_is_no_video_is_said_in_red(browser, address, language, said):
    opened = Opened(browser, address, PHONE)
    opened.page.click(f"[data-language={language}]")
    opened.drop(b"no video" * 100, "piezīmes.mp4")
    assert opened.page.inner_text("#fault:not([hidden])", timeout=A_MINUTE).startswith(said)
    assert opened.page.is_visible("#choose") and opened.page.evaluate(FITS)
    opened.faults.clear()  # Chromium's own word on what it cannot play
    opened.close()


def test_everything_is_reached_by_keyboard(browser, address):
    opened = Opened(browser, address)
    reached = []
    for _ in range(5):
        opened.page.keyboard.press("Tab")
        reached.append(opened.page.evaluate("document.activeElement.id || document.activeElement.dataset.language"))
    assert reached == ["home", "lv", "en", "choose", "camera"]
    with opened.page.expect_file_chooser():
        opened.page.focus("#choose")
        opened.page.keyboard.press("Enter")
    opened.close()


def test_the_camera_reads_letters_and_its_clip_is_kept(with_camera, address, screenshots):
    opened = Opened(with_camera, address)
    page = opened.page
    page.click("#camera")
    until(page, "/od/.test(document.getElementById('open').innerText)")
    page.screenshot(path=screenshots / "page_camera.png")
    until(page, SHOWN_HANDS)
    until(page, "document.getElementById('lines').innerText.length > 3")
    page.keyboard.press("s")
    page.wait_for_selector("#keeping:not([hidden])")
    assert "o" in page.input_value("#phrase")
    page.keyboard.press("c")  # in the text field a letter is a letter
    assert page.input_value("#phrase").endswith("c")
    page.fill("#phrase", "šodien")
    page.keyboard.press("Enter")
    kept = page.inner_text("#kept:not([hidden])", timeout=A_MINUTE)
    assert kept.endswith("kamera_0001.webm") and page.inner_text("#lines") == ""
    until(page, "document.getElementById('open').innerText.length > 1")
    page.keyboard.press("c")
    until(page, "document.getElementById('open').innerText.length === 0")
    page.click("#stop")
    assert page.is_visible("#choose")
    opened.close()


@pytest.mark.parametrize("fault, said", [("NotAllowedError", "Kameru lietot nav atļauts."),
                                         ("NotFoundError", "Kamera nav atrasta."),
                                         ("NotReadableError", "Kameru nevar ieslēgt; varbūt to lieto cita programma.")])
def test_a_camera_that_is_not_to_be_had_is_one_sentence(browser, address, fault, said):
    opened = Opened(browser, address)
    opened.page.evaluate(REFUSES, fault)
    opened.page.click("#camera")
    assert opened.page.inner_text("#fault:not([hidden])").startswith(said) and opened.page.is_visible("#camera")
    opened.close()


def test_a_camera_that_is_unplugged_is_said(with_camera, address):
    opened = Opened(with_camera, address)
    opened.page.click("#camera")
    opened.page.wait_for_selector("#waiting[hidden]", state="attached", timeout=A_MINUTE)
    opened.page.evaluate("view.srcObject.getVideoTracks()[0].dispatchEvent(new Event('ended'))")
    assert opened.page.inner_text("#fault:not([hidden])").startswith("Kamera ir atvienota.")
    opened.close()
