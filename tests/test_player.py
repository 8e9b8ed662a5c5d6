"""The player holds all it shows, harms no page, and leaves a still picture where no script may run."""

import base64
import io
import json
import re

import made
import numpy as np
import pytest
from PIL import Image

from recognition.alignment import Sign
from results.player import MOST_FRAMES, player

SIGNS = ["ē", "ā", "b", " "]
SCRIPTS = re.compile(r"<(script|style)>.*?</\1>", re.DOTALL)


def shown(frames=24, signs=SIGNS, truth=("ē", "ā"), pictures=None, stride=2):
    """The HTML of a recording in which the first sign is read surely and the second is doubtful."""
    hands = np.resize(made.hands(["a", "b", "a"]), (frames, 42, 3))
    times = np.arange(frames) / 25
    probabilities = np.zeros((-(-frames // stride), len(signs) + 1))
    probabilities[:, -1] = 1
    probabilities[2] = [0.9, 0.1, *[0] * (len(signs) - 2), 0]
    probabilities[8] = [0, 0.5, 0.3, *[0] * (len(signs) - 3), 0.2]
    reading = [Sign(signs[0], 0.1, 0.3, 0.9, signs[1], 0.1, 0.2), Sign(signs[1], 0.5, 0.8, 0.5, "∅", 0.3, 0.6)]
    return player(hands, 4 / 3, times, probabilities, signs, reading, truth and list(truth), pictures).data


def content(page):
    return json.loads(re.search(r"^ *const data = (.*);$", page, re.MULTILINE)[1])


def still(page):
    """What is left of the page where scripts and styles are taken out."""
    return SCRIPTS.sub("", page)


def photographs(count):
    """Pictures with as much noise as a webcam's by lamplight."""
    rng = np.random.default_rng(0)
    ground = np.linspace(60, 200, 640)[None, :, None] + np.zeros((480, 640, 3))
    return [(ground + rng.normal(0, 12, ground.shape)).clip(0, 255).astype(np.uint8) for _ in range(count)]


def test_where_no_script_runs_a_picture_and_nothing_else_stands():
    page = still(shown())
    assert re.findall(r"<(\w+)", page) == ["div", "img"]
    assert not re.sub("<[^>]*>", "", page).strip()
    assert 'alt="Nolasīja: ē ā?"' in page
    kind, data = re.search(r'src="data:image/(\w+);base64,([^"]+)"', page).groups()
    picture = Image.open(io.BytesIO(base64.b64decode(data)))
    assert kind == "png" and picture.width == 900
    assert len(set(picture.convert("RGB").getdata())) > 20


def test_nothing_comes_from_elsewhere():
    page = re.sub("data:image/[^\"]*", "", shown(pictures=photographs(1) + [None] * 23))
    assert not re.search(r"https?:|//\w+\.|@import|url\(|\bsrc=\"(?!\")|import\(", page)


def test_the_page_holds_the_recording_and_its_reading():
    held = content(shown())
    assert len(held["times"]) == len(held["hands"]) == 24
    assert all(left is None and len(right) == 42 for left, right in held["hands"])
    assert held["truth"] == ["ē", "ā"]
    assert [(sign["sign"], sign["start"], sign["end"], sign["doubtful"]) for sign in held["reading"]] == [
        ("ē", 0.1, 0.3, False), ("ā", 0.5, 0.8, True)]
    assert [curve["sign"] for curve in held["curves"]] == ["ē", "ā", "b"], "the space is never probable"
    assert held["curves"][0]["values"][2] == 900 and held["steps"][2] == held["times"][4]


@pytest.mark.parametrize("stride", [1, 2, 3, 4])
def test_a_step_stands_at_its_frame_whatever_the_stride(stride):
    held = content(shown(frames=50, stride=stride))
    assert held["steps"] == held["times"][::stride]


def test_without_truth_none_is_told():
    assert content(shown(truth=None))["truth"] is None


def test_the_space_has_a_name():
    held = content(shown(signs=[" ", "a", "b"], truth=[" "]))
    assert held["truth"] == ["␣"] and held["reading"][0]["sign"] == held["curves"][0]["sign"] == "␣"


def test_no_sign_can_do_harm_by_its_name():
    names = ["</script><b>", '"><b>', "<!--<script>", "@ID@ $x$ \\u003c \u2028"]
    page = shown(signs=names, truth=names)
    assert [curve["sign"] for curve in content(page)["curves"]] == names[:3]
    assert content(page)["truth"] == names
    assert page.count("</script>") == page.count("<script>") == 1
    assert "<!--" not in page
    assert re.findall(r"<(\w+)", still(page)) == ["div", "img"]


def test_nothing_read_and_no_hand_is_shown_too():
    page = player(np.zeros((5, 42, 3)), 1.5, np.arange(5) / 25, np.zeros((0, 5)), SIGNS, []).data
    assert content(page)["hands"] == [[None, None]] * 5
    assert 'alt="Nolasīja: –"' in page


def test_two_players_are_told_apart_and_one_run_again_is_the_same():
    first, second = shown(), shown(truth=None)
    assert first == shown()
    assert re.search('id="[^"]+"', first)[0] != re.search('id="[^"]+"', second)[0]


def test_a_frame_without_a_picture_shows_the_one_before():
    pictures = [np.full((48, 64, 3), 10 * number, np.uint8) if number in (2, 5) else None for number in range(24)]
    held = content(shown(pictures=pictures))
    assert len(held["pictures"]) == 2
    assert held["picture"] == [0] * 5 + [1] * 19
    assert held["box"] == [0, 0, 1, 1]


def test_a_long_recording_is_thinned_and_loses_no_peak():
    held = content(shown(frames=3000))
    assert len(held["times"]) == len(held["hands"]) == len(held["steps"]) == MOST_FRAMES
    assert held["times"][-1] == 2999 / 25
    assert max(held["curves"][0]["values"]) == 900


def test_a_page_stays_small():
    assert len(shown(frames=150).encode()) < 150_000
    pictures = [picture for one in photographs(3) * 25 for picture in (one, None)]
    assert len(shown(frames=150, pictures=pictures).encode()) < 800_000
