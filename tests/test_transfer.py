"""The study of what a base is worth, on a tiny corpus: what it judges by, and that it goes on after a stop."""

import made
import pandas as pd
import pytest

from ground.files import write_json
from studies import transfer


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.setattr(transfer, "SIZES", {"letters": (3,), "all": (4,), "all, letters": (4,)})
    monkeypatch.setattr(transfer, "STARTS", {"scratch": None})
    monkeypatch.setattr(transfer, "SEEDS", (1,))
    monkeypatch.setattr(transfer, "STEPS", 2)
    monkeypatch.setattr(transfer, "SHARES", {"all": 1.0})
    made.save_corpus(tmp_path / "arrays", 2)
    write_json(tmp_path / "char_map.json", made.CHAR_MAP)
    names = [path.stem for path in sorted((tmp_path / "arrays").rglob("*.npy"))]
    pd.DataFrame({"name": names, "location": ["0" if name.endswith("1") else "1" for name in names]}).to_csv(
        tmp_path / "table.csv", index=False)
    return transfer.SETTINGS | {"LANDMARKS_FOLDER": str(tmp_path / "arrays"), "TABLE": str(tmp_path / "table.csv"),
                                "CHAR_MAP": str(tmp_path / "char_map.json"), "PROCESSES": "1",
                                "RESULTS": str(tmp_path / "study.json")}


def test_a_study_judges_what_it_did_not_train_on_and_goes_on_after_a_stop(settings, tmp_path, capsys):
    results = tmp_path / "study.json"
    transfer.run_part(settings, 0, results)
    rows = transfer.ended(results)
    assert [(row["learnt"], row["start"], row["phrases"]) for row in rows] == [
        ("letters", "scratch", 3), ("all", "scratch", 4), ("all, letters", "scratch", 4)]
    assert all(row["wer"] >= 0 for row in rows)
    assert {row["sequences"] for row in rows} == {len(made.PHRASES)}  # one take of each phrase, in the other place
    assert transfer.table(rows).shape == (3, 2)
    capsys.readouterr()
    transfer.run_part(settings, 0, results)
    assert capsys.readouterr().out == "" and transfer.ended(results) == rows


def test_a_row_that_a_stop_cut_off_and_an_older_study_are_not_gone_on_from(settings, tmp_path, capsys):
    results = tmp_path / "study.json"
    transfer.run_part(settings, 0, results)
    rows, part = transfer.ended(results), next(tmp_path.glob(".unfinished_*.jsonl"))
    part.write_text(part.read_text(encoding="utf-8").strip()[:-20], encoding="utf-8")
    write_json(results, rows)
    capsys.readouterr()
    transfer.run_part(settings, 0, results)
    assert capsys.readouterr().out.count("WER") == 1
    assert [row["learnt"] for row in transfer.ended(results)] == [row["learnt"] for row in rows]
