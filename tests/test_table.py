"""landmarks.csv as spreadsheets, pandas and people leave it."""

import made
import pandas as pd
import pytest

from ground.errors import DataError
from ground.landmarks import POSE
from ground.table import COPY_NAME, TABLE_NAME, read_table, write_table
from signer.corpus import own_recordings
from utils.recordings import find_recordings

ROW = {"name": "a-b_0001", "phrase": "a-b", "source": "a-b/1.mp4", "fingerprint": "f", "frames": 16, "width": 1280,
       "height": 720, "mirrored": 0, "generated": 0, "status": "gatavs"}


def saved(folder, text, encoding="utf-8"):
    path = folder / TABLE_NAME
    path.write_bytes(text.encode(encoding))
    return path


def test_a_table_with_a_name_twice_is_refused(tmp_path):
    with pytest.raises(DataError, match="divās rindās"):
        read_table(saved(tmp_path, "name,signer\na,x\na,y\n"))


def test_a_table_written_is_read_back(tmp_path):
    write_table(tmp_path / "t.csv", [{"name": "ā-b_0001", "signer": "Ģirts", "mans": "x"}])
    row = read_table(tmp_path / "t.csv").loc["ā-b_0001"]
    assert (row["signer"], row["mans"], row["frames"]) == ("Ģirts", "x", "")


def test_pandas_makes_numbers_of_yes_and_they_stay_yes(tmp_path):
    path = tmp_path / TABLE_NAME
    write_table(path, [{**ROW, "generated": 1}, {**ROW, "name": "a-b_0002", "generated": "", "frames": ""}])
    pd.read_csv(path, encoding="utf-8-sig").to_csv(path, index=False)
    assert "1.0" in path.read_text(encoding="utf-8")
    table = read_table(path)
    assert table["generated"].tolist() == ["1", ""]
    assert table["frames"].tolist() == ["16", ""]
    assert own_recordings(table) == 1


@pytest.mark.parametrize(("cell", "value"), [
    ("TRUE", "1"), ("PATIESS", "1"), ("jā", "1"), ("1,0", "1"), ("ИСТИНА", "1"), ("x", "1"), (" 1 ", "1"),
    ("FALSE", "0"), ("APLAMS", "0"), ("nē", "0"), ("0.0", "0"), ("", "")])
@pytest.mark.parametrize("column", ["generated", "mirrored"])
def test_yes_and_no_are_read_alike_everywhere(column, cell, value, tmp_path):
    assert read_table(saved(tmp_path, f"name;{column}\na-b_0001;{cell}\n"))[column].tolist() == [value]


def test_a_word_that_is_neither_is_named_with_row_and_column(tmp_path):
    with pytest.raises(DataError, match=r"3\. rinda, kolonna «generated»: «varbūt» nav ne jā, ne nē"):
        read_table(saved(tmp_path, "name,generated\na_0001,1\na_0002,varbūt\n"))


def test_what_spreadsheets_add_is_understood(tmp_path):
    text = "sep=;\r\nName;Signer;mans;;\r\na_0001;Ģirts;x;;\r\n;;;;\r\n"
    for encoding in ("utf-8-sig", "utf-16"):
        table = read_table(saved(tmp_path, text, encoding))
        assert table.loc["a_0001", ["signer", "mans"]].tolist() == ["Ģirts", "x"]
        assert len(table) == 1


@pytest.mark.parametrize(("text", "message"), [
    ("name,signer\na_0001,Anna,x\n", r"2\. rinda: šūnu skaits tajā ir 3, bet kolonnu virsrakstu ir 2"),
    ("signer,session\nAnna,x\n", "nav kolonnas «name»"), ("name,signer,signer\na,b,c\n", "«signer» ir divreiz"),
    ("", "tabula ir tukša"), ("sep=;", "tabula ir tukša")])
def test_a_table_that_cannot_be_understood_is_named(text, message, tmp_path):
    with pytest.raises(DataError, match=message):
        read_table(saved(tmp_path, text))


def test_a_table_in_the_encoding_of_old_windows_is_refused_before_it_says_anything_wrong(tmp_path):
    with pytest.raises(DataError, match="CSV UTF-8"):
        read_table(saved(tmp_path, "name,signer\nā_0001,Ģirts\n", "cp1257"))


def test_a_table_that_is_gone_is_read_from_its_copy_and_a_deleted_row_is_known(tmp_path):
    path = tmp_path / TABLE_NAME
    write_table(path, [{**ROW, "signer": "Anna"}, {**ROW, "name": "a-b_0002"}])
    assert (tmp_path / COPY_NAME).exists()
    path.unlink()
    assert read_table(path).loc["a-b_0001", "signer"] == "Anna"
    saved(tmp_path, "name,signer\na-b_0001,Anna\n")
    assert set(read_table(path).attrs["copy"]) - set(read_table(path).index) == {"a-b_0002"}


def found(folder, **cells):
    made.save_array(folder, "a-b", 1, made.array(["a", "b"]))
    made.save_array(folder, "b-a", 1, made.array(["b", "a"]))
    write_table(folder / TABLE_NAME, [{**ROW, **cells}])
    recordings, problems = find_recordings(folder, made.CHAR_MAP, read_table(folder / TABLE_NAME))
    return {recording.name for recording in recordings}, {problem.name: problem.reason for problem in problems}


@pytest.mark.parametrize(("column", "cell"), [("width", "nan"), ("width", "-640"), ("height", "1.280"), ("width", "0"),
                                              ("height", "640px"), ("width", "inf"), ("height", "1e30")])
def test_an_impossible_size_is_named_with_row_and_column(column, cell, tmp_path):
    names, problems = found(tmp_path, **{column: cell})
    assert names == {"b-a_0001"}
    assert f"tabulas rindā «a-b_0001», kolonnā «{column}» ir «{cell}»" in problems["a-b/a-b_0001.npy"]


def test_one_side_of_a_picture_is_not_enough(tmp_path):
    names, problems = found(tmp_path, height="")
    assert names == {"b-a_0001"}
    assert "tikai viens no width un height" in problems["a-b/a-b_0001.npy"]


@pytest.mark.parametrize(("status", "reason"), [("izlaists", "«izlaists»"), ("Izlaists ", "«izlaists»"),
                                                ("bez video", "video vairs nav"), ("iesākts", "nav pabeigta"),
                                                ("gaida", "nav pabeigta")])
def test_a_row_leaves_its_recording_out_and_is_named(status, reason, tmp_path):
    names, problems = found(tmp_path, status=status)
    assert names == {"b-a_0001"}
    assert reason in problems["a-b/a-b_0001.npy"]


def test_a_deleted_row_leaves_its_recording_out_but_an_array_that_never_had_one_is_used(tmp_path):
    found(tmp_path)
    saved(tmp_path, "name,signer\n")
    recordings, problems = find_recordings(tmp_path, made.CHAR_MAP, read_table(tmp_path / TABLE_NAME))
    assert [recording.name for recording in recordings] == ["b-a_0001"]
    assert "rinda ir izdzēsta" in problems[0].reason


def test_damage_and_an_unknown_status_are_doubts(tmp_path):
    names, problems = found(tmp_path, reason="bojāts vai aprauts: izdevās nolasīt 58 no 120 kadriem")
    assert "a-b_0001" in names
    assert "58 no 120" in problems["a-b_0001"]
    names, problems = found(tmp_path, status="slikts")
    assert "a-b_0001" in names
    assert "«slikts»" in problems["a-b_0001"]


def test_a_row_without_an_array_is_named_and_many_are_not_a_flood(tmp_path):
    made.save_array(tmp_path, "a-b", 1, made.array(["a", "b"]))
    rows = [{**ROW, "name": f"a-b_{take:04}"} for take in range(1, 40)]
    write_table(tmp_path / TABLE_NAME, rows)
    _, problems = find_recordings(tmp_path, made.CHAR_MAP, read_table(tmp_path / TABLE_NAME))
    assert problems[0].name == "a-b_0002"
    assert "masīva nav" in problems[0].reason
    assert len(problems) == 11
    assert "28 tabulas rindām masīva nav" in problems[-1].reason


def test_an_unnamed_column_gets_a_name_and_the_table_can_be_read_again(tmp_path):
    path = tmp_path / TABLE_NAME
    write_table(path, [ROW])
    for _ in range(2):
        pd.read_csv(path).to_csv(path)  # pandas puts its row numbers into a column without a name
        write_table(path, read_table(path).to_dict("records"))
    assert read_table(path).loc["a-b_0001", "width"] == "1280"
    saved(tmp_path, "name,signer,\na_0001,Anna,piezīme\n")
    with pytest.raises(DataError, match="šūnu skaits tajā ir 3"):
        read_table(path)


@pytest.mark.parametrize("content", [b"", bytes(100), b"\xff\xfe\x00", b"signer\nx\n"])
def test_a_damaged_copy_stops_nothing(content, tmp_path):
    write_table(tmp_path / TABLE_NAME, [ROW])
    (tmp_path / COPY_NAME).write_bytes(content)
    assert read_table(tmp_path / TABLE_NAME).index.tolist() == ["a-b_0001"]


def test_pandas_empty_cells_are_no_signer(tmp_path):
    table = read_table(saved(tmp_path, "name,signer,session,reason,status\na_0001,nan,NaN,<NA>,gatavs\n"))
    assert table.loc["a_0001", ["signer", "session", "reason"]].tolist() == ["", "", ""]


def test_a_name_in_capitals_or_with_blanks_is_the_recordings(tmp_path):
    path = tmp_path / TABLE_NAME
    write_table(path, [ROW])
    path.write_text(path.read_text(encoding="utf-8-sig").replace("\na-b_0001,", "\n A-B_0001 ,"), encoding="utf-8")
    assert read_table(path).index.tolist() == ["a-b_0001"]


def test_a_phrase_that_became_a_date_is_read_from_the_name(tmp_path):
    assert read_table(saved(tmp_path, "name,phrase\n1-2_0001,01.feb\n")).loc["1-2_0001", "phrase"] == "1-2"


def test_a_table_of_ones_own_knows_not_less_than_the_one_beside_the_arrays(tmp_path):
    found(tmp_path, generated=1, width=720, height=1280)
    own = saved(tmp_path, "name,signer\na-b_0001,Anna\n").rename(tmp_path / "mans.csv")
    write_table(tmp_path / TABLE_NAME, [{**ROW, "generated": 1, "width": 720, "height": 1280},
                                        {**ROW, "name": "b-a_0001", "status": "bez video"}])
    recordings, problems = find_recordings(tmp_path, made.CHAR_MAP, read_table(own, required=True))
    assert [(r.name, r.signer, r.generated, r.aspect) for r in recordings] == [("a-b_0001", "Anna", True, 720 / 1280)]
    assert "video vairs nav" in problems[0].reason


def test_practice_of_which_nothing_is_known_is_not_taken_for_a_person(tmp_path):
    drawn = made.array(["a", "b"])
    drawn[:, POSE] = 0.5
    made.save_array(tmp_path, "a-b", 1, drawn)
    made.save_array(tmp_path, "b-a", 1, made.array(["b", "a"]))
    recordings, problems = find_recordings(tmp_path, made.CHAR_MAP, read_table(tmp_path / TABLE_NAME))
    assert {recording.name: recording.generated for recording in recordings} == {"a-b_0001": True, "b-a_0001": False}
    assert "vingrinājuma" in problems[0].reason
