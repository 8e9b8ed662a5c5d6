import dataclasses
import io

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from ground.errors import DataError
from ground.files import ROOT
from ground.landmarks import HAND_JOINTS, hands_seen, load_array, mirrored, save_array
from ground.signs import load_char_map
from ground.table import read_table, write_table
from signer import gestures
from signer.alphabet import load_alphabet
from signer.animation import moving_hand
from signer.camera import Camera
from signer.corpus import fresh_practice, learnable, own_recordings, write_practice
from signer.hand import ANGLES, USUAL_BUILD, form
from signer.motion import PLACE
from signer.noise import load_noise
from signer.people import AS_DESCRIBED, draw_person
from signer.phrases import read_phrases
from signer.practice import demonstrate, joints_in_room, landmarks, postures, practise, practise_nothing, whole_array
from signer.rendered_set import read_test_file
from signer.signing import move
from signer.view_error import load_view_error
from utils.recordings import Recording, find_recordings
from utils.split import choose_generated, split_recordings

CHAR_MAP = load_char_map(ROOT / "char_map.json")
ALPHABET_FILE = ROOT / "code" / "alphabets" / "lzv.json"
ALPHABET = load_alphabet(ALPHABET_FILE, CHAR_MAP)
NOISE = load_noise()


def person(seed=0, **fixed):
    return dataclasses.replace(draw_person(np.random.default_rng(seed)), **fixed)


def test_practice_that_was_stopped_is_known_as_practice_and_made_anew(tmp_path, monkeypatch):
    asked = tmp_path, ALPHABET, ALPHABET_FILE, [], CHAR_MAP, 6, 1
    calls = []

    def stopped(*given):
        calls.append(given)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return learnable(*given)

    with monkeypatch.context() as patched:
        patched.setattr("signer.corpus.learnable", stopped)
        with pytest.raises(KeyboardInterrupt):
            write_practice(*asked)
    left, _ = find_recordings(tmp_path, CHAR_MAP, read_table(tmp_path / "landmarks.csv"))
    assert left and all(recording.generated for recording in left)
    table = write_practice(*asked)
    assert len(table) == 6 and set(table["status"]) == {"gatavs"}
    assert len(list(tmp_path.rglob("*.npy"))) == 6
    assert not any(cell.endswith(".0") for cell in table["frames"])


def test_a_list_of_phrases_in_another_encoding_or_for_another_alphabet_is_told(tmp_path):
    path = tmp_path / "phrases.txt"
    path.write_bytes("rīga\n".encode("cp1257"))
    with pytest.raises(DataError, match="UTF-8"):
        read_phrases(path, ALPHABET)
    with pytest.raises(DataError, match=r"phrases_lzv\.txt, \d+\. rinda: zīmes «.» nav alfabētā asl.*PHRASES"):
        read_phrases(ALPHABET_FILE.with_name("phrases_lzv.txt"), load_alphabet(ALPHABET_FILE.with_name("asl.json")))


def test_bones_keep_their_length_in_every_posture():
    angles = np.random.default_rng(0).uniform(-20, 90, (50, len(ANGLES)))
    joints = form(angles).joints
    for finger in range(5):
        chain = joints[:, 1 + 4 * finger:5 + 4 * finger]
        lengths = np.linalg.norm(np.diff(chain, axis=1), axis=2)
        assert np.allclose(lengths, USUAL_BUILD.bones[finger], atol=1e-5)


def test_flexion_folds_a_finger_towards_the_palm_and_a_folded_finger_ends_near_it():
    angles = np.zeros((1, len(ANGLES)))
    straight = form(angles).joints[0, 8]
    angles[0, [ANGLES.index(f"index.{joint}") for joint in ("mcp", "pip", "dip")]] = 80, 100, 50
    folded = form(angles).joints[0, 8]
    assert straight[1] > 1.8
    assert folded[2] > 0.05 and folded[1] < 1.1


def test_a_left_handed_signer_is_the_mirror_image():
    right, left = person(left_handed=False), person(left_handed=True)
    motion = move(list("rīga"), ALPHABET, right, 30, np.random.default_rng(1))
    assert np.allclose(joints_in_room(motion, right)[:, 1] * [-1, 1, 1], joints_in_room(motion, left)[:, 0], atol=1e-5)


@pytest.mark.parametrize("frames", [4, 12, 50])
def test_the_signs_come_in_order_at_every_speed(frames):
    phrase = ["r", "ī", "g", "a", " ", "10"]
    motion = move(phrase, ALPHABET, person(), 30, np.random.default_rng(0), frames_per_sign=frames)
    held = [sign for sign, before in zip(motion.sign, np.r_[-2, motion.sign]) if sign >= 0 and sign != before]
    assert held == list(range(len(phrase)))
    assert 0.5 * frames < len(motion.sign) / len(phrase) < 2.5 * frames + 12


@pytest.mark.parametrize("left_handed", [False, True])
def test_the_macron_slides_outward_on_the_signers_own_side_and_survives_speed(left_handed):
    signer = person(left_handed=left_handed, size=1.0, sloth=0.05, tempo=5.0)
    motion = move(["ā"], ALPHABET, signer, 30, np.random.default_rng(0), frames_per_sign=6, framed=False)
    wrist = joints_in_room(motion, signer)[:, 0 if left_handed else 1, 0, 0]
    assert (wrist[-1] - wrist[0]) * (1 if left_handed else -1) > 0.7


def test_two_equal_signs_are_parted_by_a_movement():
    motion = move(["n", "n"], ALPHABET, person(tremor=0.0), 30, np.random.default_rng(0), 15, framed=False)
    between = (np.arange(len(motion.sign)) > np.flatnonzero(motion.sign == 0)[-1]) & (motion.sign == -1)
    path = motion.hands[:, 0, PLACE]
    assert between.sum() > 2
    assert np.linalg.norm(path[between] - path[0], axis=1).max() > 0.15


def test_two_handed_numerals_raise_the_other_hand():
    up = move(["6"], ALPHABET, person(), 30, np.random.default_rng(0), 20)
    down = move(["a"], ALPHABET, person(), 30, np.random.default_rng(0), 20)
    assert up.two_handed.max() == 1 and down.two_handed.max() == 0
    assert up.hands[:, 1, PLACE][:, 1].max() > -3 > down.hands[:, 1, PLACE][:, 1].max()


def held_place(hold_frames, seed, **given):
    """The hand's place while one sign is held."""
    motion = move(["a"], ALPHABET, person(seed, tremor=0.0, hold=0.7), 30, np.random.default_rng(seed), hold_frames,
                  framed=False, **given)
    return motion.hands[motion.sign == 0, 0, PLACE]


def test_a_held_sign_drifts_but_not_so_far_outward_that_it_were_another():
    ways = np.array([np.ptp(held_place(90, seed, alive=True), axis=0) for seed in range(40)])
    assert np.median(ways.max(axis=1)) > 0.1
    assert ways[:, 0].max() < 0.7  # a macron's slide is 1.45
    assert np.ptp(held_place(90, 0), axis=0).max() < 0.01  # in a demonstration nothing drifts


def test_a_moving_sign_stands_for_a_while_before_its_way_and_after_it():
    parts = []
    for seed in range(40):
        motion = move(["ā"], ALPHABET, person(seed), 30, np.random.default_rng(seed), 60, framed=False, alive=True)
        place = motion.hands[motion.sign == 0, 0, PLACE.start]
        way = (place - place[0]) / (place[-1] - place[0])
        parts.append([(way > 0.1).argmax() / len(way), (way > 0.9).argmax() / len(way)])
    begins, ends = np.quantile(parts, [0.05, 0.95], axis=0).T
    assert begins[0] < 0.25 and 0.33 < begins[1] < 0.45
    assert 0.65 < ends[0] < 0.75 and ends[1] > 0.78


def test_a_mended_grip_is_still_the_one_sign():
    for seed in range(40):
        motion = move(["b"], ALPHABET, person(seed), 30, np.random.default_rng(seed), 80, framed=False, alive=True)
        held = motion.sign[np.flatnonzero(motion.sign == 0)[0]:]
        assert (held == 0).all()


def test_hands_come_loose_and_open_before_they_form_a_sign():
    fingers = [ANGLES.index(f"{finger}.pip") for finger in ("index", "middle", "ring", "little")]
    curled = []
    for seed in range(60):
        motion = move(["a"], ALPHABET, person(seed), 30, np.random.default_rng(seed), 30, alive=True)
        before = np.arange(len(motion.sign)) < np.flatnonzero(motion.sign == 0)[0]
        raised = before & (motion.hands[:, 0, PLACE][:, 1] > -2)
        if raised.any():
            curled.append(motion.hands[raised, 0][:, fingers].mean(axis=1).min())
    assert np.mean(np.array(curled) < 70) > 0.2  # in a fist they are bent by 104 degrees


def test_a_hand_may_stand_as_another_letters_before_it_forms_the_first(monkeypatch):
    monkeypatch.setattr(gestures, "THROUGH_ANOTHER", 1.0)
    asl = load_alphabet(ROOT / "code" / "alphabets" / "asl.json")
    signer = person(1, ways=AS_DESCRIBED)
    motion = move(["n"], asl, signer, 30, np.random.default_rng(1), 30, alive=True)
    before = motion.hands[:np.flatnonzero(motion.sign == 0)[0], 0]
    knuckles = [ANGLES.index(f"{finger}.pip") for finger in ("index", "middle", "ring")]
    stood = (before[:, knuckles[:2]].max(axis=1) < 40) & (before[:, knuckles[2]] > 60)  # u: two fingers, side by side
    assert stood.sum() >= 2 and motion.hands[motion.sign == 0, 0][-1, knuckles[0]] > 60


def test_practice_of_nothing_moves_and_holds_no_sign():
    takes = [practise_nothing(NOISE, np.random.default_rng(seed)) for seed in range(20)]
    assert all(take.phrase == [] and (take.motion.sign == -1).all() for take in takes)
    assert all(take.hands.shape == (len(take.motion.sign), 42, 3) for take in takes)
    assert np.mean([hands_seen(take.hands).any(axis=1).mean() for take in takes]) > 0.3
    assert np.median([np.ptp(take.motion.hands[:, 0, PLACE], axis=0).max() for take in takes]) > 1


def test_the_other_hand_is_now_and_then_in_view():
    seen = [hands_seen(practise(list("ata"), ALPHABET, NOISE, np.random.default_rng(seed), person(1)).hands)
            for seed in range(60)]
    both = [take.all(axis=1).mean() > 0.3 for take in seen]
    assert 0.05 < np.mean(both) < 0.5


def test_some_practice_is_fast_some_loses_many_frames_and_some_has_no_depth():
    takes = [learnable(list("rīga"), ALPHABET, NOISE, np.random.default_rng(seed)) for seed in range(300)]
    pace = np.array([(take.motion.sign >= 0).sum() / 4 for take in takes])
    lost = np.array([1 - hands_seen(take.hands)[take.motion.sign >= 0].any(axis=1).mean() for take in takes])
    flat = np.mean([not take.hands[..., 2].any() for take in takes])
    assert np.mean(pace < 6) > 0.15 and np.mean(lost > 0.2) > 0.03 and 0.02 < flat < 0.25
    for take in takes:
        assert set(take.motion.sign[hands_seen(take.hands).any(axis=1)]) >= {0, 1, 2, 3}


def test_practice_shows_both_hands_of_a_sign_that_has_two():
    for seed in range(60):
        take = learnable(["8", "a"], ALPHABET, NOISE, np.random.default_rng(seed))
        assert hands_seen(take.hands)[take.motion.sign == 0].all(axis=1).any()


def test_renewed_practice_now_and_then_shows_nothing():
    renew = fresh_practice(ALPHABET, [list("rīga")], CHAR_MAP, set())
    rng = np.random.default_rng(0)
    signs = [renew(recording("a-b", True), rng).signs for _ in range(80)]
    assert 0 < sum(not one for one in signs) < 25


def test_no_frames_and_unknown_signs_are_refused():
    with pytest.raises(DataError, match=r"frames_per_sign.*0"):
        move(["a"], ALPHABET, person(), 30, np.random.default_rng(0), frames_per_sign=0)
    with pytest.raises(DataError, match=r"«q».*lzv"):
        move(["a", "q"], ALPHABET, person(), 30, np.random.default_rng(0))
    with pytest.raises(DataError, match="nav nevienas"):
        move([], ALPHABET, person(), 30, np.random.default_rng(0))


def test_the_camera_shows_right_as_right_and_nearer_as_smaller_z():
    camera = Camera(width=720, height=1280)
    middle, right, above, near = camera.project(np.array(
        [[0, -0.5, 0], [1, -0.5, 0], [0, 0.5, 0], [0, -0.5, 2]], np.float32))
    assert np.allclose(middle[:2], 0.5)
    assert right[0] > 0.5 and above[1] < 0.5 and near[2] < middle[2]
    # A palm across is as long as a palm upward, in pixels.
    assert np.isclose((right[0] - 0.5) * 720, (0.5 - above[1]) * 1280)
    assert dataclasses.replace(camera, mirrored=True).project(np.array([[1, -0.5, 0]]))[0, 0] < 0.5


def test_practice_looks_like_a_record_and_repeats_itself():
    one, two = (practise(list("sveiki"), ALPHABET, NOISE, np.random.default_rng(5)) for _ in range(2))
    assert one.hands.shape[1:] == (42, 3) and one.hands.dtype == np.float32
    assert (one.hands == two.hands).all()
    seen = hands_seen(one.hands)
    assert seen.any(axis=1).mean() > 0.5
    assert len(one.motion.sign) == len(one.hands) == len(one.joints)


def test_the_view_explains_a_good_part_of_what_mediapipe_does_to_people_it_was_not_fitted_to():
    takes = read_test_file(ROOT / "data" / "rendered_test" / "lzv.npz")
    aspect = np.repeat(takes["aspect"], takes["length"]).astype(float)[:, None, None]
    true, found = (takes[name][:, HAND_JOINTS:].astype(float) * np.concatenate([aspect, aspect**0, aspect], axis=2)
                   for name in ("truth", "landmarks"))
    palm = np.linalg.norm(true[:, 9] - true[:, 0], axis=-1)[:, None, None]
    there = found.any((1, 2)) & (np.linalg.norm((found - true)[:, 0, :2], axis=-1) < palm[:, 0, 0])
    error = ((found - true) / palm)[there][..., :2]
    rest = error - load_view_error().of((true / palm)[there])[..., :2]
    assert there.sum() > 10_000
    assert (rest**2).mean() < 0.8 * (error**2).mean()


def test_a_left_hand_is_misjudged_as_the_mirror_image_of_a_right_one(monkeypatch):
    monkeypatch.setattr("signer.noise.VIEW_SPREAD", 0.0)
    for chance in ("noise.MISTAKEN", "noise.POOR", "practice.NO_DEPTH"):
        monkeypatch.setattr(f"signer.{chance}", 0.0)
    exact = dataclasses.replace(NOISE, **{field.name: np.zeros(3) if field.type == list[float] else 0.0
                                          for field in dataclasses.fields(NOISE)} | {"depth": 1.0, "gross_frames": 1.0,
                                                                                     "burst_frames": 1.0})
    motion = move(list("mas"), ALPHABET, person(), 30, np.random.default_rng(1))
    seen = {}
    for left_handed in (False, True):
        signer = person(left_handed=left_handed)
        seen[left_handed] = landmarks(joints_in_room(motion, signer), postures(motion, signer),
                                      Camera(distance=20, width=640, height=640), exact, np.random.default_rng(0))
    assert np.abs(seen[False] - mirrored(seen[True])).max() < 1e-5
    assert hands_seen(seen[True])[:, 0].any()


def test_a_mirrored_camera_puts_the_signing_hand_into_the_other_slot(monkeypatch):
    for chance in ("RESTS_IN_VIEW", "IDLES", "HELPS"):
        monkeypatch.setattr(f"signer.gestures.{chance}", 0.0)
    signer, rng = person(left_handed=False), np.random.default_rng
    plain = practise(list("ata"), ALPHABET, NOISE, rng(2), signer, Camera())
    selfie = practise(list("ata"), ALPHABET, NOISE, rng(2), signer, Camera(mirrored=True))
    assert hands_seen(plain.hands)[:, 1].mean() > 0.6 > 0.3 > hands_seen(plain.hands)[:, 0].mean()
    assert (hands_seen(selfie.hands) == hands_seen(plain.hands)[:, ::-1]).all()


def test_a_body_beside_the_lens_is_still_within_what_an_array_may_hold(tmp_path):
    at_the_nose = Camera(distance=1.002, target=(0.2, 2.3, 0))
    practice = practise(list("ata"), ALPHABET, NOISE, np.random.default_rng(1), person(), at_the_nose)
    save_array(tmp_path / "near.npy", whole_array(practice))
    assert np.abs(load_array(tmp_path / "near.npy")).max() < 10


def test_practice_on_disk_is_marked_written_once_and_leaves_own_recordings_alone(tmp_path):
    own = tmp_path / "a-b" / "a-b_0001.npy"
    own.parent.mkdir()
    np.save(own, np.random.default_rng(0).random((40, 543, 3), np.float32))
    write_table(tmp_path / "landmarks.csv", [{"name": "a-b_0001", "phrase": "a-b", "source": "a-b/me.mp4",
                                              "signer": "Zane", "status": "gatavs"}])
    table = write_practice(tmp_path, ALPHABET, ALPHABET_FILE, [["a", "b"]], CHAR_MAP, 12, seed=1)
    assert (table["generated"] == "1").sum() == 12 and own_recordings(table) == 1
    assert table.loc["a-b_0001", "signer"] == "Zane"
    times = {path: path.stat().st_mtime_ns for path in tmp_path.glob("*/*.npy")}
    assert len(times) == 13
    write_practice(tmp_path, ALPHABET, ALPHABET_FILE, [["a", "b"]], CHAR_MAP, 12, seed=1)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.glob("*/*.npy")} == times
    write_practice(tmp_path, ALPHABET, ALPHABET_FILE, [["a", "b"]], CHAR_MAP, 5, seed=2)
    assert len(list(tmp_path.glob("*/*.npy"))) == 6 and own.stat().st_mtime_ns == times[own]
    recordings, problems = find_recordings(tmp_path, CHAR_MAP, read_table(tmp_path / "landmarks.csv"))
    assert not problems and sum(recording.generated for recording in recordings) == 5
    assert load_array(next(tmp_path.glob("*/*.npy"))).shape[1:] == (543, 3)


def test_practice_on_disk_is_made_anew_when_mediapipes_errors_were_fitted_again(tmp_path, monkeypatch):
    def made_from() -> set[str]:
        return set(write_practice(tmp_path, ALPHABET, ALPHABET_FILE, [list("rīga")], CHAR_MAP, 2, 1)["fingerprint"])

    before = made_from()
    assert made_from() == before
    other = tmp_path / "view_error.npz"
    other.write_bytes(b"fitted again")
    monkeypatch.setattr("signer.corpus.WEIGHTS", other)
    assert made_from().isdisjoint(before)


def test_a_spreadsheet_that_makes_dates_of_phrases_leaves_no_unmarked_practice(tmp_path):
    make = [["1", "2"]] * 3
    write_practice(tmp_path, ALPHABET, ALPHABET_FILE, make, CHAR_MAP, 6, seed=1)
    rows = read_table(tmp_path / "landmarks.csv").to_dict("records")
    write_table(tmp_path / "landmarks.csv", [{**row, "phrase": "01.02.2026"} for row in rows])
    table = write_practice(tmp_path, ALPHABET, ALPHABET_FILE, make, CHAR_MAP, 4, seed=2)
    assert {path.stem for path in tmp_path.glob("*/*.npy")} == set(table["name"])


def recording(name, generated):
    return Recording(f"{name}_0001", name.split("-"), np.ones((20, 42, 3), np.float32), generated=generated)


def test_generated_recordings_train_but_never_judge_beside_own_ones():
    own = [recording(name, False) for name in ("a-b", "b-a", "a-u", "u-a", "b-u")]
    generated = [recording(name, True) for name in ("a-b", "ā-b", "u-u", "b-a", "b-u", "a-u", "u-a")]
    split = split_recordings(own + generated, pd.DataFrame(), "phrase", 0.4, 1)
    assert not any(r.generated for r in split.validation) and len(split.validation) == 2
    assert any(r.generated for r in split.training)
    assert not {r.phrase for r in split.training} & {r.phrase for r in split.validation}


def test_a_split_that_leaves_nothing_to_learn_from_is_told():
    table = pd.DataFrame({"signer": ["Anna"]}, index=["a-b_0001"])
    with pytest.raises(DataError, match="SPLIT = 'signer': apmācībai nepaliek neviens"):
        split_recordings([recording("a-b", False), recording("a-b", True)], table, "signer", 0.2, 1)


def test_a_drawn_clip_of_nobody_is_not_kept_aside():
    own = [recording(name, False) for name in ("a-b", "b-a", "a-u", "u-a")]
    table = pd.DataFrame({"signer": ["Anna", "Ieva", "Ieva", "Ieva", ""]},
                         index=[*(f"{r.phrase}_0001" for r in own), "r-ī-g-a_0001"])
    split = split_recordings([*own, recording("r-ī-g-a", True)], table, "phrase", 0.4, 1, "signer", ["Anna"])
    assert [r.phrase for r in split.test] == ["a-b"] and "r-ī-g-a" in {r.phrase for r in split.training}


def test_generated_recordings_step_aside_once_there_are_enough_own_ones():
    own, generated = [recording("a-b", False), recording("b-a", False)], [recording("u-u", True)]
    assert choose_generated(own + generated, "auto", enough=3) == own + generated
    assert choose_generated(own + generated, "auto", enough=2) == own
    assert choose_generated(own + generated, True, enough=2) == own + generated
    assert choose_generated(own + generated, False, enough=9) == own
    with pytest.raises(DataError, match="USE_GENERATED"):
        choose_generated(generated, False, enough=9)
    with pytest.raises(DataError, match=r"USE_GENERATED.*maybe"):
        choose_generated(own, "maybe", enough=9)


def test_any_phrase_is_shown_as_a_moving_hand():
    picture = Image.open(io.BytesIO(moving_hand(demonstrate(list("čau"), ALPHABET))))
    assert picture.format == "GIF" and picture.n_frames > 20
