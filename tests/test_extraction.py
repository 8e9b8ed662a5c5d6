import unicodedata

import cv2
import made
import numpy as np
import pytest

from frames import extraction, video
from frames.extraction import array_path, extract_all, extract_video
from frames.plan import mirrored_patterns
from frames.video import VideoFacts, find_videos, frames_at, read_frames
from ground.errors import DataError
from ground.files import ROOT
from ground.landmarks import LANDMARKS, LEFT_HAND, RIGHT_HAND, seen
from ground.signs import load_char_map
from ground.table import DONE, FAILED, TABLE_NAME, read_table, write_table
from results.reports import found_sentence, poor_recordings, quality_table

LZV = load_char_map(ROOT / "char_map.json")


def extract(folder, mirrored=(), processes=1):
    return extract_all(folder / "videos", folder / "arrays", LZV, list(mirrored), processes, progress=False)


def test_a_mirrored_pattern_that_fits_no_video_is_told(tmp_path):
    made.save_video(tmp_path / "videos" / "a-b" / "one.mp4")
    with pytest.raises(DataError, match=r"MIRRORED: rakstam «\*selfi\*» neatbilst neviens video.*a-b/one\.mp4"):
        extraction.extract_all(tmp_path / "videos", tmp_path / "arrays", made.CHAR_MAP, ["*selfi*"], 1, progress=False)
    assert not (tmp_path / "arrays").exists()


def test_where_there_is_no_video_yet_any_pattern_will_do(tmp_path):
    assert mirrored_patterns(["*"], {}) == ["*"]


def test_frames_of_a_mirrored_video_are_shown_as_its_landmarks_lie(tmp_path):
    path = made.save_video(tmp_path / "one.mp4")
    plain, turned = (frames_at(path, [2, 4], mirrored) for mirrored in (False, True))
    assert len(turned) == 2 and (plain[0] != turned[0]).any()
    assert all((one[:, ::-1] == other).all() for one, other in zip(plain, turned))


def test_a_copy_for_opencv_lies_where_the_path_is_plain(tmp_path, monkeypatch):
    other = tmp_path / "Jānis Bērziņš"
    other.mkdir()
    monkeypatch.setattr("frames.video.tempfile.gettempdir", lambda: str(other))
    monkeypatch.setattr("frames.video.ROOT", other)
    monkeypatch.setenv("PUBLIC", str(tmp_path))
    assert video._plain_folder() == str(tmp_path)
    monkeypatch.setenv("PUBLIC", "")
    monkeypatch.setenv("PROGRAMDATA", "")
    with pytest.raises(DataError, match=r"set TEMP=C:\\temp"):
        video._plain_folder()


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".avi", ".mkv", ".webm"])
def test_every_container_is_read_to_its_last_frame(suffix, tmp_path):
    facts = VideoFacts()
    frames = list(read_frames(made.save_video(tmp_path / f"v{suffix}", 7), facts))
    assert len(frames) == facts.frames == 7
    assert frames[0].shape == (48, 64, 3)
    assert (facts.width, facts.height) == (64, 48)
    assert facts.seconds == pytest.approx(0.7, abs=0.05)


def test_names_with_latvian_letters_and_decomposed_ones_are_found(tmp_path, fast):
    made.save_video(tmp_path / "videos" / unicodedata.normalize("NFD", "ā-ž") / "Ķirsis.mp4")
    made.save_video(tmp_path / "videos" / "A-B" / "1.MP4")
    table = extract(tmp_path)
    assert sorted(table["name"]) == ["a-b_0001", "ā-ž_0001"]
    assert (table["status"] == DONE).all()
    assert array_path(tmp_path / "arrays", "ā-ž", "ā-ž_0001").exists()


def test_bad_videos_are_named_with_the_reason_and_the_others_done(tmp_path, fast):
    videos = tmp_path / "videos"
    made.save_video(videos / "a" / "good.mp4", 9)
    (videos / "a" / "text.mp4").write_text("this is no video")
    (videos / "a" / "empty.mp4").write_bytes(b"")
    cv2.VideoWriter(str(videos / "a" / "none.avi"), cv2.VideoWriter_fourcc(*"MJPG"), 10, (64, 48)).release()
    made.save_video(videos / "a" / "one.mp4", 1)
    made.save_video(videos / "a-w" / "sign.mp4")
    made.save_video(videos / "lying.mp4")
    table = extract(tmp_path).set_index("source")
    assert table.loc["a/good.mp4", "status"] == DONE
    for source, reason in (("a/text.mp4", "nevar atvērt"), ("a/empty.mp4", "fails ir tukšs"), ("a/none.avi", "nav"),
                           ("a/one.mp4", "viens kadrs"), ("a-w/sign.mp4", "«w»"), ("lying.mp4", "frāzes mapē")):
        assert table.loc[source, "status"] == FAILED
        assert reason in table.loc[source, "reason"], source
    assert len(poor_recordings(table.reset_index(), 0.5)) == 6


def test_no_video_says_where_to_put_some(tmp_path):
    (tmp_path / "videos").mkdir()
    with pytest.raises(DataError, match="g-u-n-t-a"):
        find_videos(tmp_path / "videos")


def test_a_second_run_does_only_what_is_new_or_changed_and_keeps_what_the_user_wrote(tmp_path, fast):
    made.save_video(tmp_path / "videos" / "a" / "1.mp4", 9)
    made.save_video(tmp_path / "videos" / "a" / "2.mp4", 12)
    extract(tmp_path)
    table_path = tmp_path / "arrays" / TABLE_NAME
    text = table_path.read_text(encoding="utf-8-sig")
    row = next(line for line in text.splitlines() if "1.mp4" in line)
    table_path.write_text(text.replace(row, row.replace(",,,gatavs", ",Anna,rīts,gatavs")), encoding="utf-8-sig")
    fast.clear()
    extract(tmp_path)
    assert fast == []
    made.save_video(tmp_path / "videos" / "a" / "0.mp4", 15)
    made.save_video(tmp_path / "videos" / "a" / "1.mp4", 20)
    table = extract(tmp_path).set_index("source")
    assert sorted(name for name, _ in fast) == ["0.mp4", "1.mp4"]
    assert table.loc["a/1.mp4", ["name", "signer", "session", "frames"]].tolist() == ["a_0001", "Anna", "rīts", "20"]
    assert table.loc["a/0.mp4", "name"] == "a_0003"


def test_a_renamed_video_keeps_its_array_and_signer_and_leaves_no_copy(tmp_path, fast):
    video = made.save_video(tmp_path / "videos" / "a" / "1.mp4", 9)
    made.save_video(tmp_path / "videos" / "a" / "2.mp4", 12)
    extract(tmp_path)
    table_path = tmp_path / "arrays" / TABLE_NAME
    table = read_table(table_path)
    table.loc["a_0001", "signer"] = "Anna"
    write_table(table_path, [{**row, "mans": "x"} for row in table.to_dict("records")])
    (tmp_path / "videos" / "ā").mkdir()
    video.rename(tmp_path / "videos" / "ā" / "1.mp4")
    fast.clear()
    table = extract(tmp_path)
    assert fast == []
    assert table.loc["ā_0001", ["source", "signer", "mans"]].tolist() == ["ā/1.mp4", "Anna", "x"]
    assert sorted(path.stem for path in (tmp_path / "arrays").glob("*/*.npy")) == ["a_0002", "ā_0001"]


def test_two_names_that_differ_only_in_their_encoding_are_named(tmp_path):
    for form in ("NFC", "NFD"):
        made.save_video(tmp_path / "videos" / unicodedata.normalize(form, "ā") / "1.mp4")
    if len(list((tmp_path / "videos").iterdir())) == 2:  # a file system that keeps both apart
        with pytest.raises(DataError, match="vienādu nosaukumu"):
            find_videos(tmp_path / "videos")


@pytest.mark.parametrize("fault", [cv2.error("broken"), OSError(5, "Input/output error"), ValueError("shape")])
def test_a_video_that_breaks_the_library_is_named_and_the_others_done(fault, tmp_path, fast, monkeypatch):
    made.save_video(tmp_path / "videos" / "a" / "1.mp4", 9)
    made.save_video(tmp_path / "videos" / "a" / "2.mp4", 12)
    real = extraction.extract_video

    def breaks(path, mirror, tracker):
        if path.name == "1.mp4":
            raise fault
        return real(path, mirror, tracker)

    monkeypatch.setattr(extraction, "extract_video", breaks)
    assert extract(tmp_path).set_index("source")["status"].to_dict() == {"a/1.mp4": FAILED, "a/2.mp4": DONE}


def test_a_table_open_in_a_spreadsheet_gets_a_sentence(tmp_path, fast, monkeypatch):
    made.save_video(tmp_path / "videos" / "a" / "1.mp4", 9)
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(PermissionError))
    with pytest.raises(DataError, match="izklājlapā"):
        extract(tmp_path)


def test_a_path_that_windows_cannot_open_is_read_through_a_copy(tmp_path, monkeypatch):
    path = made.save_video(tmp_path / "ā.mp4", 4)
    monkeypatch.setattr("frames.video.WINDOWS", True)
    opened = []
    real = cv2.VideoCapture
    monkeypatch.setattr(cv2, "VideoCapture", lambda name, *more: opened.append(name) or real(name, *more))
    assert len(list(read_frames(path, VideoFacts()))) == 4
    assert opened[0].isascii()


def test_mirrored_recordings_are_done_again_when_the_setting_changes(tmp_path, fast):
    made.save_video(tmp_path / "videos" / "a" / "selfie1.mp4", 9)
    made.save_video(tmp_path / "videos" / "a" / "other.mp4", 9)
    extract(tmp_path)
    fast.clear()
    table = extract_all(tmp_path / "videos", tmp_path / "arrays", LZV, "*selfie*", 1, progress=False)
    assert fast == [("selfie1.mp4", True)]
    assert dict(zip(table["source"], table["mirrored"])) == {"a/selfie1.mp4": "1", "a/other.mp4": "0"}


def test_a_stop_in_the_middle_loses_no_finished_video(tmp_path, fast, monkeypatch):
    for number in range(3):
        made.save_video(tmp_path / "videos" / "a" / f"{number}.mp4", 9 + 3 * number)
    real, seen_paths = extraction.extract_video, []

    def stop_at_third(path, mirror, tracker):
        seen_paths.append(path)
        if len(seen_paths) == 3:
            raise KeyboardInterrupt
        return real(path, mirror, tracker)

    monkeypatch.setattr(extraction, "extract_video", stop_at_third)
    with pytest.raises(KeyboardInterrupt):
        extract(tmp_path)
    assert (read_table(tmp_path / "arrays" / TABLE_NAME)["status"] == DONE).sum() == 2
    monkeypatch.setattr(extraction, "extract_video", real)
    fast.clear()
    assert (extract(tmp_path)["status"] == DONE).all()
    assert len(fast) == 1
    assert len(list((tmp_path / "arrays").glob("*/*.npy"))) == 3


def test_a_video_without_a_person_is_named_by_the_real_mediapipe_in_processes(tmp_path):
    made.save_video(tmp_path / "videos" / "a" / "1.mp4", 3)
    made.save_video(tmp_path / "videos" / "b" / "1.mp4", 4)
    table = extract(tmp_path, processes=2)
    assert (table["status"] == FAILED).all()
    assert table["reason"].str.contains("cilvēks nav redzams").all()
    assert list(quality_table(table)["ķermenis, %"]) == ["0", "0"]


@pytest.fixture
def sibi(shared):
    """The folder of real clips."""
    return shared / "videos"


def test_a_real_hand_is_found_and_a_mirrored_one_swapped_back(sibi):
    array, facts, _ = extract_video(sibi / "n-e" / "asl_no_1s.mp4", False)
    assert array.shape == (30, LANDMARKS, 3)
    assert array.dtype == np.float32
    assert (facts.frames, facts.width, facts.height) == (30, 640, 480)
    assert seen(array, RIGHT_HAND).mean() > 0.8
    again, _, _ = extract_video(sibi / "n-e" / "asl_no_1s.mp4", False)
    np.testing.assert_array_equal(again, array)  # a new Holistic each time: no state from the clip before


def test_a_selfie_is_swapped_back(sibi):
    plain, _, _ = extract_video(sibi / "l" / "sibi_l_mirrored.mp4", False)
    back, _, _ = extract_video(sibi / "l" / "sibi_l_mirrored.mp4", True)
    assert seen(plain, LEFT_HAND).mean() > 0.6 > 0.1 > seen(plain, RIGHT_HAND).mean()
    assert seen(back, RIGHT_HAND).mean() > 0.6 > 0.1 > seen(back, LEFT_HAND).mean()


def test_a_rotation_flag_is_honoured(sibi):
    facts = VideoFacts()
    frame = next(read_frames(sibi / "j" / "sibi_j_portrait_rotated.mp4", facts))
    assert frame.shape == (720, 540, 3)


def test_where_nobody_has_a_video_practice_is_all_there_is(tmp_path, fast):
    (tmp_path / "videos").mkdir()
    with pytest.raises(DataError, match="nav neviena video"):
        extract_all(tmp_path / "videos", tmp_path / "arrays", {"a": 0}, [], 1, progress=False)
    table = extract_all(tmp_path / "videos", tmp_path / "arrays", {"a": 0}, [], 1, progress=False, may_be_none=True)
    assert table.empty and fast == []
    assert "g-u-n-t-a" in found_sentence(find_videos(tmp_path / "videos", may_be_none=True), tmp_path / "videos")
