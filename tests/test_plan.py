"""Which recording belongs to which video, whatever happens to files, folders and the table meanwhile."""

import os
import shutil
import signal
import subprocess
import sys

import made
import pytest

from frames import extraction
from frames.extraction import extract_all
from ground.errors import DataError
from ground.files import ROOT
from ground.signs import load_char_map
from ground.table import COPY_NAME, DONE, FAILED, GONE, STARTED, TABLE_NAME, WAITING, read_table, write_table
from results.reports import poor_recordings
from utils.recordings import find_recordings

LZV = load_char_map(ROOT / "char_map.json")


def extract(folder, processes=1, tracker="auto"):
    return extract_all(folder / "videos", folder / "arrays", LZV, [], processes, progress=False, tracker=tracker)


def used(folder):
    recordings, problems = find_recordings(folder / "arrays", LZV, read_table(folder / "arrays" / TABLE_NAME))
    return {recording.name for recording in recordings}, {problem.name: problem.reason for problem in problems}


def arrays_of(folder):
    return sorted(path.stem for path in (folder / "arrays").glob("*/*.npy"))


@pytest.fixture
def corpus(tmp_path, fast):
    """Three extracted videos: a-b/1.mp4, a-b/2.mp4 and b-a/1.mp4; Anna signs the first."""
    for number, name in enumerate(("a-b/1.mp4", "a-b/2.mp4", "b-a/1.mp4")):
        made.save_video(tmp_path / "videos" / name, 20 + number)
    table = extract(tmp_path)
    table.loc["a-b_0001", "signer"] = "Anna"
    write_table(tmp_path / "arrays" / TABLE_NAME, table.to_dict("records"))
    fast.clear()
    return tmp_path


def test_a_deleted_table_gives_no_recording_a_second_name_and_keeps_the_signers(corpus, fast):
    (corpus / "arrays" / TABLE_NAME).unlink()
    table = extract(corpus)
    assert fast == []
    assert arrays_of(corpus) == sorted(table["name"]) == ["a-b_0001", "a-b_0002", "b-a_0001"]
    assert table.loc["a-b_0001", "signer"] == "Anna"


def test_without_its_copy_arrays_are_taken_over_by_their_length(corpus, fast):
    for name in (TABLE_NAME, COPY_NAME):
        (corpus / "arrays" / name).unlink()
    made.save_video(corpus / "videos" / "a-b" / "0.mp4", 30)  # new, and first in the order of names
    table = extract(corpus)
    assert [name for name, _ in fast] == ["0.mp4"]
    assert dict(zip(table["source"], table["name"])) == {
        "a-b/0.mp4": "a-b_0003", "a-b/1.mp4": "a-b_0001", "a-b/2.mp4": "a-b_0002", "b-a/1.mp4": "b-a_0001"}
    assert table.loc["a-b_0002", ["frames", "width", "tracker", "status"]].tolist() == ["21", "64", "hands", DONE]


def test_names_that_a_spreadsheet_spoiled_come_back(tmp_path, fast):
    made.save_video(tmp_path / "videos" / "ā-b" / "1.mp4", 20)
    extract(tmp_path)
    path = tmp_path / "arrays" / TABLE_NAME
    spoiled = path.read_text(encoding="utf-8-sig").replace(",,,gatavs", ",Anna,,gatavs").replace("ā", "?")
    path.write_text(spoiled, encoding="utf-8")
    table = extract(tmp_path)
    assert len(fast) == 1
    assert arrays_of(tmp_path) == ["ā-b_0001"]
    assert table[["name", "source", "signer"]].values.tolist() == [["ā-b_0001", "ā-b/1.mp4", "Anna"]]


def test_a_deleted_video_leaves_its_recording_out_until_it_is_back(corpus, fast):
    video = corpus / "videos" / "a-b" / "1.mp4"
    video.rename(corpus / "kept.mp4")
    table = extract(corpus)
    assert table.loc["a-b_0001", "status"] == GONE
    names, problems = used(corpus)
    assert names == {"a-b_0002", "b-a_0001"}
    assert "video vairs nav" in problems["a-b/a-b_0001.npy"]
    assert "video vairs nav" in poor_recordings(table, 0.5)[0]
    (corpus / "kept.mp4").rename(video)
    assert extract(corpus).loc["a-b_0001", ["status", "signer"]].tolist() == [DONE, "Anna"]
    assert fast == []
    assert "a-b_0001" in used(corpus)[0]


def test_a_folder_renamed_to_no_phrase_leaves_its_recordings_out_and_back_again(corpus, fast):
    (corpus / "videos" / "a-b").rename(corpus / "videos" / "slikti")
    table = extract(corpus)
    assert table.set_index("source").loc["slikti/1.mp4", "status"] == FAILED
    assert used(corpus)[0] == {"b-a_0001"}
    (corpus / "videos" / "slikti").rename(corpus / "videos" / "a-b")
    assert sorted(extract(corpus)["name"]) == ["a-b_0001", "a-b_0002", "b-a_0001"]
    assert used(corpus)[0] == {"a-b_0001", "a-b_0002", "b-a_0001"}
    assert fast == []


def test_a_recording_that_the_user_left_out_stays_out(corpus, fast):
    path = corpus / "arrays" / TABLE_NAME
    path.write_text(path.read_text(encoding="utf-8-sig").replace(",Anna,,gatavs", ",Anna,,izlaists"), encoding="utf-8")
    for _ in range(2):
        assert extract(corpus).loc["a-b_0001", "status"] == FAILED
        assert used(corpus)[0] == {"a-b_0002", "b-a_0001"}
    (corpus / "videos" / "a-b" / "1.mp4").rename(corpus / "videos" / "b-a" / "moved.mp4")
    assert extract(corpus).set_index("source").loc["b-a/moved.mp4", "status"] == FAILED
    assert fast == []


def test_the_same_video_under_two_phrases_is_named_and_neither_trains(corpus):
    shutil.copy(corpus / "videos" / "a-b" / "1.mp4", corpus / "videos" / "b-a" / "copy.mp4")
    table = extract(corpus).set_index("source")
    assert "tas pats video ir arī b-a/copy.mp4, un viena no frāzēm ir nepareiza" in table.loc["a-b/1.mp4", "reason"]
    assert "a-b/1.mp4" in table.loc["b-a/copy.mp4", "reason"]
    assert any("b-a/copy.mp4" in sentence for sentence in poor_recordings(table.reset_index(), 0))
    assert used(corpus)[0] == {"a-b_0002", "b-a_0001"}
    (corpus / "videos" / "b-a" / "copy.mp4").unlink()
    assert extract(corpus).set_index("source").loc["a-b/1.mp4", "reason"] == ""
    assert used(corpus)[0] == {"a-b_0001", "a-b_0002", "b-a_0001"}


def test_a_folder_within_a_phrase_is_not_taken_for_the_phrase(tmp_path, fast):
    for number, name in enumerate(("g-u-n-t-a/1/IMG.mp4", "1/g-u-n-t-a/IMG.mp4", "anna/g-u-n-t-a/IMG.mp4",
                                   "a/1/x.mp4")):
        made.save_video(tmp_path / "videos" / name, 60 + number)
    table = extract(tmp_path).set_index("source")
    for bad in ("g-u-n-t-a/1/IMG.mp4", "a/1/x.mp4"):
        assert table.loc[bad, "status"] == FAILED
        assert "frāze var būt gan «" in table.loc[bad, "reason"]
    assert {table.loc[good, "phrase"] for good in ("1/g-u-n-t-a/IMG.mp4", "anna/g-u-n-t-a/IMG.mp4")} == {"g-u-n-t-a"}


def test_what_is_no_readable_file_is_named_and_the_others_done(tmp_path, fast, monkeypatch):
    made.save_video(tmp_path / "videos" / "a" / "good.mp4", 9)
    made.save_video(tmp_path / "videos" / "a" / "secret.mp4", 10)
    try:
        (tmp_path / "videos" / "a" / "lost.mp4").symlink_to(tmp_path / "nowhere.mp4")
        os.mkfifo(tmp_path / "videos" / "a" / "pipe.mp4")
    except (OSError, AttributeError):
        pytest.skip("no links on this system")
    real = open

    def guarded(path, *more, **known):
        if str(path).endswith("secret.mp4"):
            raise PermissionError(13, "Permission denied")
        return real(path, *more, **known)

    monkeypatch.setattr("frames.video.open", guarded, raising=False)
    table = extract(tmp_path).set_index("source")
    assert table["status"].to_dict() == {"a/good.mp4": DONE, "a/lost.mp4": FAILED, "a/pipe.mp4": FAILED,
                                         "a/secret.mp4": FAILED}
    assert "saite neved" in table.loc["a/lost.mp4", "reason"]
    assert "nevar nolasīt" in table.loc["a/secret.mp4", "reason"]
    monkeypatch.undo()


def test_what_is_typed_into_the_table_while_videos_are_worked_on_stays(corpus, fast, monkeypatch):
    path, before = corpus / "arrays" / TABLE_NAME, None
    real = extraction.extract_video

    def types(video, mirror, tracker):
        if video.name == "8.mp4":  # the table was opened before this video was done, and is saved after it
            text = before.replace(",Anna,,gatavs", ",Anna,rīts,gatavs")
            text = text.replace("\n", ",piezīme\n", 1)
            path.write_text("\n".join(line + ",x" * (number > 0) for number, line in enumerate(text.splitlines())))
        return real(video, mirror, tracker)

    made.save_video(corpus / "videos" / "a" / "9.mp4", 19)
    made.save_video(corpus / "videos" / "a" / "8.mp4", 10)  # shorter, so it comes second
    monkeypatch.setattr(extraction, "extract_video", types)
    real_write = extraction._write

    def remembers(*args, **known):
        nonlocal before
        real_write(*args, **known)
        before = before or path.read_text(encoding="utf-8-sig")

    monkeypatch.setattr(extraction, "_write", remembers)
    table = extract(corpus)
    assert table.loc["a-b_0001", ["signer", "session", "piezīme"]].tolist() == ["Anna", "rīts", "x"]
    assert (table["status"] == DONE).all()
    assert table.set_index("source").loc["a/9.mp4", "frames"] == "19"


def test_another_tracker_works_again_and_auto_does_not(corpus, fast):
    extract(corpus, tracker="hands")
    assert len(fast) == 3
    extract(corpus, tracker="hands")
    assert len(fast) == 3


def test_a_video_that_lacked_memory_is_tried_again(tmp_path, fast, monkeypatch):
    made.save_video(tmp_path / "videos" / "a" / "1.mp4", 9)
    real = extraction.extract_video
    monkeypatch.setattr(extraction, "extract_video", lambda *_: (_ for _ in ()).throw(MemoryError))
    table = extract(tmp_path)
    assert table.iloc[0]["status"] == WAITING
    assert "PROCESSES = 1" in poor_recordings(table, 0.5)[0]
    monkeypatch.setattr(extraction, "extract_video", real)
    assert extract(tmp_path).iloc[0]["status"] == DONE


def test_a_killed_process_ends_in_a_sentence_that_names_its_video(tmp_path, monkeypatch):
    for number in range(3):
        made.save_video(tmp_path / "videos" / "a" / f"{number}.mp4", 9 + number)

    def killed(job, arrays):
        if job["path"].endswith("1.mp4"):
            os.kill(os.getpid(), signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
        return {**{key: job[key] for key in ("name", "source", "phrase")}, "status": DONE, "reason": ""}

    monkeypatch.setattr(extraction, "_extract_job", killed)
    with pytest.raises(DataError, match=r"apstājās, kad apstrādāja: .*a/1\.mp4.*PROCESSES = 1"):
        extract(tmp_path, processes=2)
    rows = read_table(tmp_path / "arrays" / TABLE_NAME).set_index("source")
    assert rows.loc["a/1.mp4", "status"] == WAITING
    assert "process apstājās" in rows.loc["a/1.mp4", "reason"]


def test_after_a_killed_kernel_the_next_run_names_the_videos_that_were_in_work(tmp_path, fast, capsys):
    for number in range(2):
        made.save_video(tmp_path / "videos" / "a" / f"{number}.mp4", 20 - number)
    program = f"""
import os, sys
sys.path[:0] = [{str(ROOT / "code")!r}]
from pathlib import Path
from ground.signs import load_char_map
from frames import extraction
extraction.extract_video = lambda path, *_: os._exit(9)
extraction.extract_all(Path({str(tmp_path / "videos")!r}), Path({str(tmp_path / "arrays")!r}),
                       load_char_map(Path({str(ROOT / "char_map.json")!r})), [], 1, False)
"""
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 9
    assert read_table(tmp_path / "arrays" / TABLE_NAME).set_index("source").loc["a/0.mp4", "status"] == STARTED
    table = extract(tmp_path)
    assert (table["status"] == DONE).all()
    assert "kad apstrādāja: a/0.mp4." in capsys.readouterr().out
    assert [name for name, _ in fast] == ["1.mp4", "0.mp4"]  # what may be too much comes last


def test_two_videos_that_exchanged_their_names_keep_their_signers_and_what_was_decided(corpus, fast):
    folder = corpus / "videos" / "a-b"
    table = read_table(corpus / "arrays" / TABLE_NAME)
    table.loc["a-b_0002", ["signer", "status"]] = ["Bruno", FAILED]
    write_table(corpus / "arrays" / TABLE_NAME, table.to_dict("records"))
    (folder / "1.mp4").rename(folder / "x.mp4")
    (folder / "2.mp4").rename(folder / "1.mp4")
    (folder / "x.mp4").rename(folder / "2.mp4")
    table = extract(corpus).set_index("source")
    assert table.loc["a-b/2.mp4", ["name", "signer", "frames", "status"]].tolist() == ["a-b_0001", "Anna", "20", DONE]
    assert table.loc["a-b/1.mp4", ["name", "signer", "status"]].tolist() == ["a-b_0002", "Bruno", FAILED]
    assert fast == []


def test_a_video_put_in_the_place_of_a_deleted_one_brings_its_own_signer(corpus, fast):
    folder = corpus / "videos" / "a-b"
    (folder / "2.mp4").replace(folder / "1.mp4")
    for _ in range(2):
        table = extract(corpus)
        assert table.loc["a-b_0002", ["source", "signer", "status"]].tolist() == ["a-b/1.mp4", "", DONE]
        assert table.loc["a-b_0001", ["signer", "status"]].tolist() == ["Anna", GONE]
    assert fast == []


def test_one_run_with_a_wrong_char_map_costs_nothing(corpus, fast):
    extract_all(corpus / "videos", corpus / "arrays", {"a": 0}, [], 1, progress=False)
    with pytest.raises(DataError, match="nav neviena derīga ieraksta"):
        used(corpus)
    table = extract(corpus)
    assert (table["status"] == DONE).all()
    assert table.loc["a-b_0001", ["signer", "reason"]].tolist() == ["Anna", ""]
    assert fast == []


@pytest.mark.parametrize("mark", ["izlaists", "slikts"])
def test_what_the_user_marked_stays_when_settings_change(mark, corpus, fast):
    path = corpus / "arrays" / TABLE_NAME
    path.write_text(path.read_text(encoding="utf-8-sig").replace(",Anna,,gatavs", f",Anna,,{mark}"), encoding="utf-8")
    extract(corpus, tracker="hands")
    table = extract_all(corpus / "videos", corpus / "arrays", LZV, "*", 1, progress=False)
    assert table.loc["a-b_0001", "status"] == mark
    assert len(fast) == 4


def test_a_table_that_cannot_be_written_for_a_while_loses_no_work(corpus, fast, monkeypatch, capsys):
    made.save_video(corpus / "videos" / "a" / "8.mp4", 19)
    made.save_video(corpus / "videos" / "a" / "9.mp4", 10)
    real, locked = os.replace, []

    def guarded(old, new):
        if str(new).endswith(os.sep + TABLE_NAME) and locked:
            raise PermissionError
        real(old, new)

    real_extract = extraction.extract_video
    monkeypatch.setattr(extraction, "extract_video", lambda *given: locked.append(1) or real_extract(*given))
    monkeypatch.setattr("ground.files.os.replace", guarded)
    with pytest.raises(DataError, match="izklājlapā"):
        extract(corpus)
    assert capsys.readouterr().out.count("⚠") == 1
    monkeypatch.undo()
    assert len(fast) == 2
    monkeypatch.setattr(extraction, "_run", lambda jobs, *_: iter(jobs and pytest.fail("done before")))
    table = extract(corpus)
    assert (table["status"] == DONE).all()
    assert "apstājās" not in capsys.readouterr().out


def test_the_last_video_taken_away_leaves_its_recording_out(tmp_path, fast):
    made.save_video(tmp_path / "videos" / "a" / "1.mp4", 9)
    extract(tmp_path)
    (tmp_path / "videos" / "a" / "1.mp4").unlink()
    with pytest.raises(DataError, match="nav neviena video"):
        extract(tmp_path)
    assert read_table(tmp_path / "arrays" / TABLE_NAME)["status"].tolist() == [GONE]


def test_arrays_of_one_length_are_not_guessed_about(tmp_path, fast):
    for name in ("1", "2"):
        made.save_video(tmp_path / "videos" / "a" / f"{name}.mp4", 20, width=64 + 16 * int(name))
    extract(tmp_path)
    for name in (TABLE_NAME, COPY_NAME):
        (tmp_path / "arrays" / name).unlink()
    fast.clear()
    table = extract(tmp_path)
    assert len(fast) == 2
    assert arrays_of(tmp_path) == sorted(table["name"]) == ["a_0001", "a_0002"]


def test_one_copy_in_another_persons_folder_of_the_same_phrase_is_no_wrong_phrase(tmp_path, fast):
    made.save_video(tmp_path / "videos" / "anna" / "a-b" / "1.mp4", 20)
    made.save_video(tmp_path / "videos" / "juris" / "a-b" / "1.mp4", 20)
    reasons = extract(tmp_path)["reason"]
    assert reasons.str.contains("tas pats video").all()
    assert not reasons.str.contains("nepareiza").any()


def rewritten(folder, name, **cells):
    """Cells typed into a row of the table."""
    table = read_table(folder / "arrays" / TABLE_NAME)
    for column, text in cells.items():
        table.loc[name, column] = text
    write_table(folder / "arrays" / TABLE_NAME, table.to_dict("records"))


def test_a_mark_goes_through_a_folder_that_names_no_phrase(corpus, fast):
    rewritten(corpus, "a-b_0001", status=FAILED)
    (corpus / "videos" / "a-b").rename(corpus / "videos" / "xyz")
    extract(corpus)
    (corpus / "videos" / "xyz").rename(corpus / "videos" / "b-b-a")
    table = extract(corpus).set_index("source")
    assert table.loc["b-b-a/1.mp4", ["name", "signer", "status"]].tolist() == ["b-b-a_0001", "Anna", FAILED]
    assert table.loc["b-b-a/2.mp4", "status"] == DONE
    assert len(table) == 3
    assert fast == []


@pytest.mark.parametrize("status", ["", "labi"])
def test_a_row_of_any_status_goes_with_its_video(status, corpus, fast):
    rewritten(corpus, "a-b_0001", status=status)
    (corpus / "videos" / "a-b" / "1.mp4").rename(corpus / "videos" / "b-a" / "9.mp4")
    table = extract(corpus).set_index("source")
    assert table.loc["b-a/9.mp4", ["name", "signer"]].tolist() == ["b-a_0002", "Anna"]
    assert "a-b/1.mp4" not in table.index
    (corpus / "videos" / "b-a" / "9.mp4").unlink()
    assert extract(corpus).loc["b-a_0002", "status"] == GONE
    assert fast == []


def test_a_new_video_in_the_place_of_a_moved_one_has_no_signer_yet(corpus):
    video = corpus / "videos" / "a-b" / "1.mp4"
    video.rename(corpus / "videos" / "b-a" / "9.mp4")
    made.save_video(video, 33)
    table = extract(corpus).set_index("source")
    assert table.loc["b-a/9.mp4", "signer"] == "Anna"
    assert table.loc["a-b/1.mp4", ["signer", "frames"]].tolist() == ["", "33"]


def test_a_mark_with_a_reason_of_the_users_stays_through_a_wrong_char_map(corpus):
    rewritten(corpus, "a-b_0001", status=FAILED, reason="slikti redzams")
    extract_all(corpus / "videos", corpus / "arrays", {"a": 0}, [], 1, progress=False)
    assert extract(corpus).loc["a-b_0001", ["status", "reason"]].tolist() == [FAILED, "slikti redzams"]


def test_what_replaces_a_marked_video_is_new_when_it_is_taken_back_in(corpus, fast):
    rewritten(corpus, "a-b_0001", status=FAILED)
    made.save_video(corpus / "videos" / "a-b" / "1.mp4", 40)
    assert extract(corpus).loc["a-b_0001", "status"] == FAILED
    rewritten(corpus, "a-b_0001", status=DONE)
    assert "a-b_0001" not in used(corpus)[0]
    assert extract(corpus).loc["a-b_0001", "frames"] == "40"
    assert [name for name, _ in fast] == ["1.mp4"]


def test_a_video_marked_while_it_waits_for_its_turn_is_left_out(corpus, fast, monkeypatch):
    made.save_video(corpus / "videos" / "a" / "8.mp4", 29)
    made.save_video(corpus / "videos" / "a" / "9.mp4", 10)
    real = extraction.extract_video

    def marks(video, *more):
        if video.name == "8.mp4":
            path = corpus / "arrays" / TABLE_NAME
            lines = path.read_text(encoding="utf-8-sig").splitlines()
            lines = [line.replace(WAITING, FAILED) if "9.mp4" in line else line for line in lines]
            path.write_text("\n".join(lines), encoding="utf-8")
        return real(video, *more)

    monkeypatch.setattr(extraction, "extract_video", marks)
    table = extract(corpus).set_index("source")
    assert table.loc[["a/8.mp4", "a/9.mp4"], "status"].tolist() == [DONE, FAILED]


def test_the_copy_that_stays_has_the_signer_of_the_one_deleted(corpus, fast):
    shutil.copy(corpus / "videos" / "a-b" / "1.mp4", corpus / "videos" / "b-a" / "7.mp4")
    extract(corpus)
    (corpus / "videos" / "a-b" / "1.mp4").unlink()
    table = extract(corpus).set_index("source")
    assert table.loc["b-a/7.mp4", ["signer", "reason", "status"]].tolist() == ["Anna", "", DONE]
