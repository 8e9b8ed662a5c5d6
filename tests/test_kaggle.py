"""Kaggle's ASL Fingerspelling in: parquet files of the real schema, made here, and lists that name them."""

import made
import numpy as np
import pandas as pd
import pytest

from ground.errors import DataError
from ground.files import ROOT
from ground.signs import load_char_map

pytest.importorskip("pyarrow", reason="requirements-kaggle.txt is not installed")

from corpora import kaggle
from utils.dataset import load_dataset

PARTS = {"face": 468, "left_hand": 21, "pose": 33, "right_hand": 21}
COLUMNS = [f"{axis}_{part}_{number}" for axis in "xyz" for part, count in PARTS.items() for number in range(count)]
CHAR_MAP = load_char_map(ROOT / "models/asl/42/char_map_asl.json", in_folders=False)
HANDS = [f"{axis}_{side}_hand_{joint}" for side in ("left", "right") for joint in range(21) for axis in "xyz"]
PLACES = [COLUMNS.index(name) for name in HANDS]


def save_parquet(path, sequences):
    """Sequences (id -> (T, 42, 3), zeros where not seen) as Kaggle writes them: 1,630 columns, the ids as index."""
    tables = []
    for sequence, hands in sequences.items():
        points = np.full((len(hands), len(COLUMNS)), np.nan, np.float32)
        points[:, PLACES] = np.where(hands == 0, np.nan, hands).reshape(len(hands), -1)
        table = pd.DataFrame(points, columns=COLUMNS)
        table.insert(0, "frame", np.arange(len(hands), dtype=np.int16))
        tables.append(table.set_index(pd.Index([sequence] * len(hands), name="sequence_id")))
    path.parent.mkdir(parents=True, exist_ok=True)
    pd.concat(tables).to_parquet(path)


@pytest.fixture
def corpus(tmp_path):
    """Two files of four sequences by four people, and the supplement's one."""
    assert len(COLUMNS) == 1629  # with the frame's 1,630
    rows, number = [], 0
    for folder, file_id in (("train_landmarks", 11), ("train_landmarks", 12), ("supplemental_landmarks", 13)):
        sequences = {}
        for person in range(4):
            number += 1
            sequences[number] = made.hands(["a", "b", "a"], number, "left" if person % 2 else "right")
            rows.append({"path": f"{folder}/{file_id}.parquet", "file_id": file_id, "sequence_id": number,
                         "participant_id": person, "phrase": ["a-b", "1 b", "aa"][number % 3]})
        save_parquet(tmp_path / folder / f"{file_id}.parquet", sequences)
    lists = pd.DataFrame(rows)
    lists[lists["file_id"] < 13].to_csv(tmp_path / "train.csv", index=False)
    lists[lists["file_id"] == 13].to_csv(tmp_path / "supplemental_metadata.csv", index=False)
    return tmp_path


def convert(folder, **changed):
    settings = {"share": 0.25, "seed": 1, "frames_per_sign": 2, "aspect": 0.75, "processes": 1} | changed
    return kaggle.convert(folder, folder / "records", CHAR_MAP, **settings)


def loaded(folder):
    return load_dataset(folder / "records", folder / "records" / "dataset_info.json", CHAR_MAP)


def test_every_sequence_becomes_a_record_with_its_hands_and_no_person_is_on_both_sides(corpus, monkeypatch, capsys):
    info = convert(corpus)
    _, sides = loaded(corpus)
    training, validation = list(sides["training"]), sides["validation"]
    assert len(training) == 9 and len(validation) == 3 and not info["dataset_stats"]["left_out"]
    assert {r.signer for r in training}.isdisjoint(r.signer for r in validation)
    by_name = {recording.name: recording for recording in [*training, *validation]}
    second = by_name["11_2"]
    np.testing.assert_array_equal(second.hands, made.hands(["a", "b", "a"], 2, "left"))
    assert (second.signs, second.aspect) == (["a", "a"], 0.75) and by_name["11_1"].signs == ["1", " ", "b"]
    assert {file["file"] for file in info["record_files"]["training"]["shards"]} == {
        f"training-0000{number}-of-00003.tfrecord" for number in range(3)}
    capsys.readouterr()
    monkeypatch.setattr(kaggle, "sequences", lambda path: pytest.fail("what is there is not made anew"))
    assert convert(corpus)["record_files"] == info["record_files"]
    assert "padarīti jau iepriekš: 3 no 3" in capsys.readouterr().out


def test_a_row_that_a_list_has_twice_becomes_one_record_and_is_named(corpus):
    rows = pd.read_csv(corpus / "train.csv")
    pd.concat([rows, rows[:1]]).to_csv(corpus / "train.csv", index=False)
    info = convert(corpus)
    _, sides = loaded(corpus)
    assert len(sides["training"]) + len(sides["validation"]) == 12
    assert info["dataset_stats"]["left_out"] == {"11_1 (vēlreiz)": "sarakstā tā jau ir; ņemta pirmā rinda."}


def test_what_cannot_be_used_is_named_and_the_rest_goes_on(corpus):
    lists = pd.read_csv(corpus / "train.csv")
    lists.loc[0, "phrase"] = "añb"
    lists.loc[4, "sequence_id"] = 999
    lists.to_csv(corpus / "train.csv", index=False)
    table = pd.read_parquet(corpus / "supplemental_landmarks/13.parquet").drop(columns="x_left_hand_3")
    table.to_parquet(corpus / "supplemental_landmarks/13.parquet")
    left_out = convert(corpus)["dataset_stats"]["left_out"]
    assert left_out["11_1"] == "frāzē «añb» ir «ñ», kā zīmju sarakstā nav."
    assert left_out["12_999"] == "parquet failā tādas sekvences nav."
    assert all("«x_left_hand_3»" in left_out[f"13_{number}"] for number in range(9, 13)) and len(left_out) == 6
    lines = kaggle.left_out_lines(left_out)
    assert len(lines) == 3 and "13, 4 sekvences: trūkst kolonnas «x_left_hand_3»" in lines[0]


def test_a_sequence_without_hands_and_one_too_short_are_named(corpus):
    save_parquet(corpus / "train_landmarks/11.parquet", {
        1: np.zeros((20, 42, 3), np.float32), 2: made.hands(["a"])[:3],
        3: made.hands(["a", "b"]), 4: made.hands(["b"])})
    left_out = convert(corpus)["dataset_stats"]["left_out"]
    assert left_out == {"11_1": "nevienā kadrā nav rokas.", "11_2": "3 kadri ar roku, bet vajag 6."}


def test_a_damaged_and_a_missing_file_are_named(corpus):
    path = corpus / "train_landmarks/11.parquet"
    path.write_bytes(path.read_bytes()[:-50])
    (corpus / "train_landmarks/12.parquet").unlink()
    left_out = convert(corpus)["dataset_stats"]["left_out"]
    assert "bojāts" in left_out["11_1"] and "faila nav" in left_out["12_5"] and len(left_out) == 8


def test_a_stopped_conversion_goes_on_with_the_next_file(corpus, monkeypatch):
    real = kaggle.sequences
    with monkeypatch.context() as stopped, pytest.raises(KeyboardInterrupt):
        stopped.setattr(kaggle, "sequences", lambda path: real(path) if path.stem == "13" else stop())
        convert(corpus)
    assert not (corpus / "records/dataset_info.json").exists()
    opened = []
    monkeypatch.setattr(kaggle, "sequences", lambda path: opened.append(path.stem) or real(path))
    convert(corpus)
    assert opened == ["11", "12"] and len(list(loaded(corpus)[1]["training"])) == 9


def test_a_damaged_shard_of_the_same_length_is_made_anew(corpus):
    convert(corpus)
    shard = corpus / "records/training-00001-of-00003.tfrecord"
    whole = shard.read_bytes()
    shard.write_bytes(whole[:100] + b"###" + whole[103:])
    with pytest.raises(DataError, match=r"bojāts.*kaggle"):
        list(loaded(corpus)[1]["training"])
    convert(corpus)
    assert shard.read_bytes() == whole


def test_a_lost_shard_is_made_anew_and_those_of_another_number_of_files_go(corpus):
    convert(corpus)
    (corpus / "records/training-00001-of-00003.tfrecord").unlink()
    convert(corpus)
    assert len(list(loaded(corpus)[1]["training"])) == 9
    (corpus / "supplemental_metadata.csv").unlink()
    convert(corpus)
    assert sorted(path.name for path in (corpus / "records").glob("*.tfrecord")) == [
        f"{side}-0000{number}-of-00002.tfrecord" for side in ("training", "validation") for number in range(2)]


def test_without_the_pictures_form_it_is_assumed_and_said(corpus):
    assert len(convert(corpus, aspect=None)["dataset_stats"]["aspect_assumed"]) == 12
    assert loaded(corpus)[1]["validation"][0].aspect == pytest.approx(16 / 9)


def stop():
    raise KeyboardInterrupt


@pytest.mark.parametrize(("change", "sentence"), [
    (lambda folder: [path.unlink() for path in folder.glob("*.csv")], r"nav ne train\.csv, ne supplemental"),
    (lambda folder: (folder / "train.csv").write_text("path,phrase\n"), r"train\.csv: nav kolonnas «file_id»"),
    (lambda folder: (folder / "train.csv").write_text(""), r"train\.csv: nav CSV saraksts"),
    (lambda folder: (folder / "train.csv").write_bytes(b"PK\x03\x04\xff\xfe"), r"train\.csv: nav CSV saraksts"),
])
def test_lists_that_are_not_kaggles_are_told(corpus, change, sentence):
    change(corpus)
    with pytest.raises(DataError, match=sentence):
        convert(corpus)
