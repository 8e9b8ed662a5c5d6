"""A camera that is followed: a file at its own speed in its place."""

import os
import shutil
import subprocess
import sys
import time

import made
import numpy as np
import pytest

from app import camera
from app.following import Following
from frames.video import VideoFacts, read_frames
from ground.errors import DataError
from ground.files import ROOT
from recognition.recognise import recognise
from recognition.sign_reader import load_reader

TODAY = ROOT / "data" / "videos" / "š-o-d-i-e-n" / "virtual_signer_4.webm"
CAMERA = [sys.executable, "-m", "app.camera"]
PATHS = {**os.environ, "PYTHONPATH": str(ROOT / "code")}


@pytest.fixture(scope="module")
def followed(tmp_path_factory):
    """A clip followed to its end: the following, what it had read after each look, and what it kept."""
    reader, seen = load_reader(1), []
    with Following(TODAY, reader, "hands") as following:
        while not following.ended:
            seen.append((following.seconds, "".join(sign.sign for line in following.lines for sign in line)))
            time.sleep(0.02)
        kept = following.keep(tmp_path_factory.mktemp("videos"))
    return following, seen, kept


def test_letters_come_while_it_is_signed(followed):
    following, seen, _ = followed
    assert following.fault is None and len({text for _, text in seen}) >= 4
    clip = [sign for line in recognise(TODAY, 1, "hands").lines for sign in line.signs]
    first = next(seconds for seconds, text in seen if text)
    assert first <= clip[0].end + 0.7


def test_a_camera_is_never_fallen_behind(followed):
    following, _, _ = followed
    assert 0 < following.processed <= following.newest.given <= 123
    assert following.seconds == pytest.approx(following.newest.facts.seconds, abs=0.5)


def test_a_screen_that_does_not_answer_is_no_window(monkeypatch):
    def hangs(*_, timeout, **__):
        raise subprocess.TimeoutExpired("python", timeout)

    monkeypatch.setenv("DISPLAY", ":99")
    monkeypatch.setattr(camera.subprocess, "run", hangs)
    assert camera.window_possible() is False


def test_a_word_whose_pictures_are_gone_is_not_kept_without_its_beginning(followed, monkeypatch, tmp_path):
    following, _, _ = followed
    late = [(time, picture) for time, picture in following._kept if time > following.lines[-1][0].start + 0.2]
    for left in (late, []):
        monkeypatch.setattr(following, "_kept", left)
        with pytest.raises(DataError, match="vairs nav atmiņā"):
            following.keep(tmp_path)
    assert not list(tmp_path.rglob("*.mp4"))


def test_the_clip_is_kept_as_a_recording_under_what_was_read(followed):
    following, _, kept = followed
    phrase = "-".join(sign.sign for sign in following.lines[-1])
    assert kept.parent.name == phrase and kept.name == "kamera_0001.mp4"
    facts = VideoFacts()
    assert next(read_frames(kept, facts)).shape == (640, 480, 3)
    assert sum(1 for _ in read_frames(kept, VideoFacts())) > 20


def test_nothing_read_is_nothing_to_keep_and_clearing_forgets(tmp_path):
    with Following(made.save_video(tmp_path / "a.mp4", 30), load_reader(1), "hands") as following:
        while not following.ended:
            following.clear()
            time.sleep(0.05)
        with pytest.raises(DataError, match="nekas nav nolasīts"):
            following.keep(tmp_path / "videos")
    assert following.fault is None and not (tmp_path / "videos").exists()


def test_a_camera_that_is_not_there_is_a_sentence():
    with Following(98, load_reader(1), "hands") as following:
        while not following.ended:
            time.sleep(0.05)
    assert "kameras nav vai to lieto cita programma" in str(following.fault)


def test_the_window_shows_a_mirror_with_the_text_below():
    image = np.zeros((48, 64, 3), np.uint8)
    image[:, :8] = 255
    shown = camera.drawn(image, np.zeros((42, 3)), [], camera.KEYS)
    assert shown.shape[0] > 48 and shown.shape[1] == 64
    assert shown[20, -4].min() == 255 and shown[20, 4].max() == 0


def test_where_no_window_can_be_opened_that_is_known_without_ending_the_program(monkeypatch):
    monkeypatch.setenv("DISPLAY", ":987")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    if sys.platform.startswith("linux"):
        assert not camera.window_possible()
        monkeypatch.delenv("DISPLAY")
        assert not camera.window_possible()


@pytest.mark.parametrize(("words", "told"), [(["nowhere.mp4"], "tāda faila nav"), (["0", "1"], "tikai viena"),
                                             (["--modl", "1"], "Vai domāts --model"), (["--model", "77"], "tāda eksp")])
def test_what_cannot_be_followed_is_told(words, told):
    run = subprocess.run(CAMERA + words, capture_output=True, text=True, encoding="utf-8", env=PATHS)
    assert run.returncode == 1 and told in run.stderr and "Traceback" not in run.stderr


@pytest.mark.skipif(not shutil.which("Xvfb"), reason="wants a screen of its own")
def test_the_window_opens_and_ends_with_the_file(tmp_path):
    with subprocess.Popen(["Xvfb", ":84", "-screen", "0", "800x900x24"], stderr=subprocess.DEVNULL) as screen:
        try:
            time.sleep(1)
            run = subprocess.run([*CAMERA, str(TODAY)], capture_output=True, text=True, encoding="utf-8", timeout=120,
                                 env={**PATHS, "DISPLAY": ":84"})
        finally:
            screen.terminate()
    assert run.returncode == 0, run.stderr
    assert "o" in run.stdout.splitlines()[0] and "apstrādāti" in run.stdout
