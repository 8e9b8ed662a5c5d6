import errno
import json
from datetime import datetime

import made
import numpy as np
import pandas as pd
import pytest

from ground.backend import tf
from ground.errors import DataError
from ground.files import ROOT, written_whole
from ground.signs import load_char_map
from results.reports import unready_sentence, unseen_sentences
from utils import records
from utils.dataset import load_dataset, write_dataset
from utils.records import read_records, write_records
from utils.split import Split, split_recordings

TABLE = pd.DataFrame([{"name": r.name, "signer": "AB"[i % 2], "place": str(i % 3)}
                      for i, r in enumerate(made.recordings())]).set_index("name", drop=False)


def split_by(kind, **more):
    return split_recordings(made.recordings(), TABLE, kind, 0.2, 1, **more)


def dataset(folder, split=None):
    return write_dataset(split or split_by("phrase"), made.CHAR_MAP, folder, folder / "dataset_info.json", "made",
                         folder, {})


def test_the_same_records_again_leave_the_info_as_it_was_and_others_do_not(tmp_path, monkeypatch):
    dataset(tmp_path)
    first = (tmp_path / "dataset_info.json").read_bytes()
    later = type("Later", (), {"now": lambda zone: datetime(2100, 1, 1, tzinfo=zone)})
    monkeypatch.setattr("utils.dataset.datetime", later)
    dataset(tmp_path)
    assert (tmp_path / "dataset_info.json").read_bytes() == first
    dataset(tmp_path, split_by("random"))
    assert json.loads((tmp_path / "dataset_info.json").read_text(encoding="utf-8"))["written_utc"].startswith("2100")
    (tmp_path / "dataset_info.json").write_text("{")
    assert dataset(tmp_path)["written_utc"].startswith("2100")


def test_a_clone_without_records_is_told_which_notebook_makes_them(tmp_path):
    char_map = load_char_map(ROOT / "char_map.json")
    with pytest.raises(DataError, match=r"training\.tfrecord: faila nav\. Ierakstus izveido burtnīca preprocess_land"):
        load_dataset(tmp_path, ROOT / "dataset_info.json", char_map)
    with pytest.raises(DataError, match="burtnīca preprocess_landmarks"):
        load_dataset(tmp_path, tmp_path / "dataset_info.json", char_map)


def test_a_test_value_that_occurs_nowhere_and_a_column_without_values_are_told():
    with pytest.raises(DataError, match=r"TEST_VALUES: kolonnā «signer» nevienam ierakstam nav Ā\. Tajā ir: A, B"):
        split_by("phrase", test_column="signer", test_values=["A", "Ā"])
    for column, values in (("signer", []), ("", ["A"])):
        with pytest.raises(DataError, match="TEST_COLUMN un TEST_VALUES"):
            split_by("phrase", test_column=column, test_values=values)


def test_a_share_that_leaves_nobody_to_learn_from_is_told():
    with pytest.raises(DataError, match=r"VALIDATION_SHARE = 0\.6: .*grupu skaits 2"):
        split_recordings(made.recordings(), TABLE, "signer", 0.6, 42)


def test_no_phrase_is_on_both_sides_by_default():
    split = split_by("phrase")
    assert not {r.phrase for r in split.training} & {r.phrase for r in split.validation}
    assert len(split.training) + len(split.validation) == len(made.recordings())
    assert split.unseen_signs() == []


def test_rows_that_are_not_learnt_from_are_counted_and_others_not():
    rows = [{"name": name, "status": status, "reason": ""} for name, status in (
        ("a_0001", "gatavs"), ("a_0002", "izlaists"), ("a_0003", "slikts"))]
    assert "nav gatavi: 1. Pirmais: a_0002: tabulā" in unready_sentence(pd.DataFrame(rows))
    assert unready_sentence(pd.DataFrame(rows[:1])) == ""


def test_signs_that_training_lacks_are_named_those_asked_for_first():
    split = Split("phrase", 1, [made.recording(["a"])], [made.recording(["b"])], [])
    asked, others, remedy = unseen_sentences(split, {"a": 0, "b": 1, " ": 2, "c": 3}).splitlines()
    assert asked.startswith("⚠") and "tests: b." in asked and "zīmju: ␣, c." in others and "bāze" in remedy
    whole = Split("phrase", 1, [made.recording(["a", "b"])], [made.recording(["b"])], [])
    assert unseen_sentences(whole, {"a": 0, "b": 1}) == "Apmācība redz visas zīmes, kuras prasa validācija."


@pytest.mark.parametrize("column", ["signer", "place"])
def test_any_column_can_keep_sides_apart(column):
    split = split_by(column)
    sides = [{TABLE.at[r.name, column] for r in side} for side in (split.training, split.validation)]
    assert sides[0] and sides[1] and not sides[0] & sides[1]


def test_the_same_seed_gives_the_same_split():
    assert [r.name for r in split_by("random").validation] == [r.name for r in split_by("random").validation]


def test_recordings_kept_aside_are_on_no_other_side():
    split = split_by("phrase", test_column="place", test_values=[2])
    assert {TABLE.at[r.name, "place"] for r in split.test} == {"2"}
    assert not {r.name for r in split.test} & {r.name for r in split.training + split.validation}


@pytest.mark.parametrize(("recordings", "kind", "sentence"), [
    ([made.recording(["a"], take) for take in range(3)], "phrase", "viena grupa «a»"),
    ([made.recording(["a"])], "random", "tikai viens ieraksts"),
    (made.recordings(), "session", "nav kolonnas «session»"),
])
def test_what_cannot_be_split_says_what_is_needed(recordings, kind, sentence):
    with pytest.raises(DataError, match=sentence):
        split_recordings(recordings, TABLE, kind, 0.2, 1)


def test_records_come_back_as_written(tmp_path):
    original = made.recording(["ā", " ", "b"], 3, "left", aspect=0.5625, signer="Ā", session="1")
    write_records(tmp_path / "one.tfrecord", [original], made.CHAR_MAP)
    (back,) = read_records(tmp_path / "one.tfrecord", made.CHAR_MAP)
    assert (back.hands == original.hands).all()
    assert (back.signs, back.aspect, back.signer, back.name) == (original.signs, 0.5625, "Ā", original.name)


def test_both_record_files_lie_beside_each_other_and_the_info_describes_them(tmp_path):
    info = dataset(tmp_path)
    read_info, sides = load_dataset(tmp_path, tmp_path / "dataset_info.json", made.CHAR_MAP)
    assert (tmp_path / "validation.tfrecord").exists()
    assert read_info == json.loads(json.dumps(info))
    assert {side: len(found) for side, found in sides.items()} == {
        side: file["recordings"] for side, file in info["record_files"].items()}


def test_records_of_another_map_are_refused(tmp_path):
    dataset(tmp_path)
    with pytest.raises(DataError, match="kontrolsumma"):
        load_dataset(tmp_path, tmp_path / "dataset_info.json", {"a": 0, "b": 1})


@pytest.mark.parametrize(("key", "value"), [("record_version", 99), ("landmark_info", {"set": "face"})])
def test_records_of_another_version_or_landmark_set_are_refused(key, value, tmp_path):
    info = dataset(tmp_path)
    (tmp_path / "dataset_info.json").write_text(json.dumps({**info, key: value}), encoding="utf-8")
    with pytest.raises(DataError, match="nesaskan"):
        load_dataset(tmp_path, tmp_path / "dataset_info.json", made.CHAR_MAP)


def test_an_old_validation_file_beside_a_new_training_file_is_noticed(tmp_path):
    dataset(tmp_path)
    old = (tmp_path / "validation.tfrecord").read_bytes()
    dataset(tmp_path, split_recordings(made.recordings(), TABLE, "phrase", 0.4, 3))
    (tmp_path / "validation.tfrecord").write_bytes(old)
    with pytest.raises(DataError, match="preprocess_landmarks"):
        load_dataset(tmp_path, tmp_path / "dataset_info.json", made.CHAR_MAP)


def test_a_record_file_cut_short_is_refused(tmp_path):
    write_records(tmp_path / "cut.tfrecord", made.recordings()[:3], made.CHAR_MAP)
    content = (tmp_path / "cut.tfrecord").read_bytes()
    (tmp_path / "cut.tfrecord").write_bytes(content[:-100])
    with pytest.raises(DataError, match="aprauts"):
        read_records(tmp_path / "cut.tfrecord", made.CHAR_MAP)


def test_a_full_disk_leaves_the_old_file_and_no_other(tmp_path):
    path = tmp_path / "file.json"
    path.write_text("old")
    with pytest.raises(DataError, match="disks ir pilns"), written_whole(path) as temporary:
        temporary.write_text("half")
        raise OSError(errno.ENOSPC, "no space")
    assert [p.name for p in tmp_path.iterdir()] == ["file.json"]
    assert path.read_text() == "old"


def test_a_full_disk_while_records_are_written_is_told(tmp_path, monkeypatch):
    def full(*_):
        raise tf.errors.ResourceExhaustedError(None, None, "no space")

    monkeypatch.setattr(records, "_example", full)
    with pytest.raises(DataError, match="disks ir pilns"):
        write_records(tmp_path / "one.tfrecord", made.recordings(), made.CHAR_MAP)
    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_while_writing_leaves_no_info_that_looks_whole(tmp_path, monkeypatch):
    dataset(tmp_path)
    monkeypatch.setattr(records, "_example", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        dataset(tmp_path)
    assert not (tmp_path / "dataset_info.json").exists()
    with pytest.raises(DataError, match="preprocess_landmarks"):
        load_dataset(tmp_path, tmp_path / "dataset_info.json", made.CHAR_MAP)


def test_records_are_twelve_times_smaller_than_whole_landmarks(tmp_path):
    signs = ["a", "b", "ā"] * 4
    write_records(tmp_path / "one.tfrecord", [made.recording(signs)], made.CHAR_MAP)
    np.save(tmp_path / "whole.npy", made.array(signs))
    assert (tmp_path / "whole.npy").stat().st_size > 12 * (tmp_path / "one.tfrecord").stat().st_size
