"""`.pose` files, in and out: the landmarks, the rate and the size are kept; whatever else is in them is told."""

import sys

import made
import numpy as np
import pytest

pytest.importorskip("pose_format", reason="requirements-pose.txt is not installed")

from pose_format import Pose
from pose_format.numpy import NumPyPoseBody
from pose_format.pose_header import PoseHeader, PoseHeaderDimensions
from pose_format.utils.holistic import holistic_components

from corpora.to_pose import save_poses
from frames.extraction import extract_all
from frames.pose_file import PoseFile, in_a_mirror, read_pose, write_pose
from ground.errors import DataError
from ground.files import ROOT
from ground.landmarks import FACE, HANDS, LEFT_HAND, POSE, RIGHT_HAND, load_array, mirrored
from ground.table import read_table, write_table
from recognition.recognise import recognise
from recognition.sign_reader import load_reader


def whole_body(seed=1, frames=12):
    """float32 (T, 543, 3) of everything that Holistic finds; the left hand is not seen in the first half."""
    array = np.random.default_rng(seed).uniform(0, 1, (frames, 543, 3)).astype(np.float32)
    array[:frames // 2, LEFT_HAND] = 0
    return array


def save_pose(path, components, width=640, height=480, fps=25.0, people=1, frames=5):
    """A file as another tool might write it."""
    count = sum(len(component.points) for component in components)
    points = np.random.default_rng(0).uniform(1, 400, (frames, people, count, 3)) * [1, 1, 0.001]
    header = PoseHeader(0.2, PoseHeaderDimensions(width, height, 0), components)
    with path.open("wb") as file:
        Pose(header, NumPyPoseBody(fps, points, np.ones((frames, people, count)))).write(file)
    return points


def parts(*names):
    return [component for component in holistic_components() if component.name in names]


@pytest.mark.parametrize(("width", "height", "fps"), [(640, 480, 25.0), (1280, 720, 29.97), (1080, 1920, 59.94)])
def test_there_and_back_is_the_same_to_float32(tmp_path, width, height, fps):
    array = whole_body()
    write_pose(tmp_path / "one.pose", PoseFile(array, fps, width, height))
    back = read_pose(tmp_path / "one.pose")
    assert (back.width, back.height, back.fps) == (width, height, pytest.approx(fps, abs=1e-5))
    assert back.landmarks.dtype == np.float32 and (back.landmarks[:6, LEFT_HAND] == 0).all()
    # As a fraction of the picture a number may come back as its neighbour: pixels in float32 hold no more.
    assert np.abs(back.landmarks - array).max() <= np.spacing(np.float32(1))
    np.testing.assert_array_equal(back.landmarks[..., 2], array[..., 2])


def test_other_tools_read_what_is_written(tmp_path):
    array = whole_body()
    write_pose(tmp_path / "one.pose", PoseFile(array, 30.0, 200, 100))
    pose = Pose.read((tmp_path / "one.pose").read_bytes())
    hand = pose.get_components(["RIGHT_HAND_LANDMARKS"]).body.data[:, 0]
    np.testing.assert_allclose(hand, array[:, RIGHT_HAND] * [200, 100, 1], rtol=1e-6)


def test_a_file_with_the_hands_alone_and_one_with_world_landmarks_are_read(tmp_path):
    hands = save_pose(tmp_path / "hands.pose", parts("LEFT_HAND_LANDMARKS", "RIGHT_HAND_LANDMARKS"))
    array = read_pose(tmp_path / "hands.pose").landmarks
    np.testing.assert_allclose(array[:, HANDS], hands[:, 0] / [640, 480, 1], rtol=1e-6)
    assert not array[:, POSE].any() and not array[:, FACE].any()
    everything = save_pose(tmp_path / "all.pose", holistic_components(additional_face_points=10))
    array = read_pose(tmp_path / "all.pose").landmarks
    np.testing.assert_allclose(array[:, FACE], everything[:, 0, 33:501] / [640, 480, 1], rtol=1e-6)
    np.testing.assert_allclose(array[:, RIGHT_HAND], everything[:, 0, 532:553] / [640, 480, 1], rtol=1e-6)


def test_another_layout_and_a_damaged_file_are_told(tmp_path):
    save_pose(tmp_path / "body.pose", parts("POSE_LANDMARKS", "RIGHT_HAND_LANDMARKS"))
    with pytest.raises(DataError, match=r"body\.pose: failā nav daļas LEFT_HAND_LANDMARKS"):
        read_pose(tmp_path / "body.pose")
    content = (tmp_path / "body.pose").read_bytes()
    for name, damaged in (("cut", content[:len(content) // 2]), ("empty", b""), ("other", b"RIFF" * 50)):
        (tmp_path / f"{name}.pose").write_bytes(damaged)
        with pytest.raises(DataError, match=rf"{name}\.pose: nav \.pose fails vai ir bojāts"):
            read_pose(tmp_path / f"{name}.pose")


def test_a_layout_without_depth_is_read_and_a_normalised_file_is_told(tmp_path):
    components = parts("LEFT_HAND_LANDMARKS", "RIGHT_HAND_LANDMARKS")
    for component in components:
        component.format = "XYC"
    points = np.random.default_rng(0).uniform(1, 400, (5, 1, 42, 2))
    for name, scale in (("flat", 1.0), ("normalised", 0.002)):
        header = PoseHeader(0.2, PoseHeaderDimensions(640, 480, 0), components)
        with (tmp_path / f"{name}.pose").open("wb") as file:
            Pose(header, NumPyPoseBody(25.0, points * scale, np.ones((5, 1, 42)))).write(file)
    assert not read_pose(tmp_path / "flat.pose").landmarks[..., 2].any()
    with pytest.raises(DataError, match="normalizēts"):
        read_pose(tmp_path / "normalised.pose")


def test_a_missing_package_is_told_before_any_work(tmp_path, monkeypatch):
    (tmp_path / "videos" / "a").mkdir(parents=True)
    (tmp_path / "videos" / "a" / "one.pose").write_bytes(b"")
    monkeypatch.setitem(sys.modules, "pose_format.numpy", None)
    with pytest.raises(DataError, match=r"requirements-pose\.txt"):
        extract_all(tmp_path / "videos", tmp_path / "arrays", made.CHAR_MAP, [], 1, progress=False)
    assert not (tmp_path / "arrays").exists()


def test_in_a_mirror_left_is_right_and_twice_is_once():
    array = whole_body()
    turned = in_a_mirror(array)
    np.testing.assert_array_equal(turned[:, HANDS], mirrored(array[:, HANDS]))
    np.testing.assert_allclose(turned[:, 11, 0], 1 - array[:, 12, 0])  # the left shoulder
    np.testing.assert_allclose(in_a_mirror(turned), array, atol=1e-6)


def test_pose_files_are_extracted_as_videos_are_and_go_out_again(tmp_path):
    videos, arrays = tmp_path / "videos", tmp_path / "arrays"
    (videos / "a-b").mkdir(parents=True)
    array = made.array(["a", "b"])
    write_pose(videos / "a-b" / "mine.pose", PoseFile(array, 23.976, 1280, 720))
    table = extract_all(videos, arrays, made.CHAR_MAP, [], 1, progress=False)
    row = table.loc["a-b_0001"]
    assert (row["source"], row["tracker"], row["fps"], row["width"], row["status"]) == (
        "a-b/mine.pose", "pose", "23.976", "1280", "gatavs")
    np.testing.assert_allclose(load_array(arrays / "a-b/a-b_0001.npy"), array, atol=1e-7)
    assert save_poses(arrays, read_table(arrays / "landmarks.csv"), tmp_path / "out") == (1, [])
    out = read_pose(tmp_path / "out/a-b/a-b_0001.pose")
    assert (out.width, out.height, out.fps) == (1280, 720, pytest.approx(23.976, abs=1e-5))
    np.testing.assert_allclose(out.landmarks, array, atol=2e-7)
    rows = read_table(arrays / "landmarks.csv").to_dict("records")
    write_table(arrays / "landmarks.csv", [row | {"width": ""} for row in rows])
    assert save_poses(arrays, read_table(arrays / "landmarks.csv"), tmp_path / "out") == (0, ["a-b_0001"])


def test_a_pose_file_is_recognised_as_its_array_is(tmp_path):
    array = np.zeros((40, 543, 3), np.float32)
    array[:, HANDS] = made.hands(["a", "b"] * 3)[:40]
    write_pose(tmp_path / "one.pose", PoseFile(array, 25.0, 640, 480))
    reader = load_reader(ROOT / "models/lzv/1")
    read = recognise(tmp_path / "one.pose", reader)
    assert read.text == recognise(array, reader, fps=25, aspect=640 / 480).text
    assert (read.facts.fps, read.facts.width, read.facts.tracker) == (pytest.approx(25), 640, ".pose")
