import unicodedata

import made
import numpy as np
import pandas as pd
import pytest

from ground.errors import DataError
from ground.landmarks import load_array
from ground.table import read_table
from results.reports import problems_table
from utils.recordings import Problem, find_recordings

NO_TABLE = pd.DataFrame()


def find(folder, table=None):
    return find_recordings(folder, made.CHAR_MAP, table if table is not None else read_table(folder / "none.csv"))


def spoiled(kind):
    content = made.array(["a", "b"])
    if kind == "shape":
        return content[:, :42]
    if kind == "type":
        return content.astype(int)
    if kind == "nan":
        content[3, 530, 1] = np.nan
    if kind == "infinite":
        content[3, 530, 1] = np.inf
    if kind == "no hand":
        content[:] = 0
    if kind == "one frame":
        return content[:1]
    if kind == "short":
        return content[:3]
    return content


@pytest.mark.parametrize(("kind", "reason"), [
    ("shape", "forma ir"), ("type", "tips ir"), ("nan", "4. kadrā"), ("infinite", "bezgalīgas"),
    ("no hand", "nav redzama roka"), ("one frame", "viens kadrs"), ("short", "par īsu: 3 kadri")])
def test_a_bad_array_is_left_out_and_named(kind, reason, tmp_path):
    made.save_array(tmp_path, "a-b", 1, made.array(["a", "b"]))
    made.save_array(tmp_path, "a-b", 2, spoiled(kind))
    found, problems = find(tmp_path)
    assert [r.name for r in found] == ["a-b_0001"]
    assert "a-b_0002" in problems[0].name
    assert reason in problems[0].reason


def test_a_pickled_or_broken_array_is_left_out_and_runs_nothing(tmp_path):
    made.save_array(tmp_path, "a-b", 1, made.array(["a", "b"]))
    np.save(tmp_path / "a-b" / "a-b_0002.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    (tmp_path / "a-b" / "a-b_0003.npy").write_bytes(b"")
    found, problems = find(tmp_path)
    assert len(found) == 1
    assert len(problems) == 2


def test_a_hand_of_nan_is_a_hand_not_seen(tmp_path):
    content = made.array(["a", "b"])
    content[2:5, 522:] = np.nan
    path = made.save_array(tmp_path, "a-b", 1, content)
    assert (load_array(path)[2:5, 522:] == 0).all()


def test_repeated_signs_need_a_frame_between(tmp_path):
    made.save_array(tmp_path, "a-b", 1, made.array(["a", "b"]))
    made.save_array(tmp_path, "a-a", 1, made.array(["a", "a"])[:5])
    found, problems = find(tmp_path)
    assert [r.phrase for r in found] == ["a-b"]
    assert "vajag vismaz 6" in problems[0].reason


def test_decomposed_names_mean_the_same_phrase_and_do_not_hide_a_second_file(tmp_path):
    made.save_array(tmp_path, unicodedata.normalize("NFD", "ā-b"), 1, made.array(["ā", "b"]))
    found, _ = find(tmp_path)
    assert found[0].name == "ā-b_0001"
    made.save_array(tmp_path, "Ā-b", 1, made.array(["ā", "b"]))
    found, problems = find(tmp_path)
    assert len(found) == 1
    assert "citā mapē" in problems[0].reason


def test_a_folder_with_an_unknown_sign_is_named(tmp_path):
    made.save_array(tmp_path, "a-b", 1, made.array(["a", "b"]))
    made.save_array(tmp_path, "a-x", 1, made.array(["a", "b"]))
    _, problems = find(tmp_path)
    assert "«x»" in problems[0].reason


def test_a_space_at_the_end_is_taken_but_asked_about(tmp_path):
    made.save_array(tmp_path, "a-b- ", 1, made.array(["a", "b", " "]))
    found, problems = find(tmp_path)
    assert found[0].signs == ["a", "b", " "]
    assert problems[0].used
    assert "atstarpes" in problems[0].reason


def test_no_recordings_says_how_to_get_some(tmp_path):
    with pytest.raises(DataError, match="extract_landmarks"):
        find(tmp_path)


def test_the_table_gives_size_and_signer_even_from_a_spreadsheet(tmp_path):
    made.save_array(tmp_path, "a-b", 1, made.array(["a", "b"]))
    made.save_array(tmp_path, "a-b", 2, made.array(["a", "b"], 1))
    rows = "name;width;height;signer\na-b_0001;1080,0;1920;Anna\n"
    (tmp_path / "landmarks.csv").write_text(rows, encoding="utf-8-sig")
    known, unknown = find(tmp_path, read_table(tmp_path / "landmarks.csv"))[0]
    assert (known.aspect, known.signer, known.aspect_assumed) == (1080 / 1920, "Anna", False)
    assert unknown.aspect_assumed


@pytest.mark.parametrize(("value", "place"), [(320.0, 530), (1e30, 530), (-7.0, 505), (1e30, 3)])
def test_landmarks_out_of_any_picture_are_named(value, place, tmp_path):
    content = made.array(["a", "b"])
    content[4, place, 0] = value
    made.save_array(tmp_path, "a-b", 1, made.array(["a", "b"]))
    made.save_array(tmp_path, "a-b", 2, content)
    found, problems = find(tmp_path)
    assert len(found) == 1
    assert "5. kadrā punkts ir ārpus jebkura attēla" in problems[0].reason


def test_damaged_files_leave_the_others_alone(tmp_path):
    whole = made.save_array(tmp_path, "a-b", 1, made.array(["a", "b"])).read_bytes()
    damaged = {2: b"PK\x03\x04" + whole[4:], 3: whole[:6] + b"\xff" * 40, 4: whole[:200],
               5: whole.replace(b"(16, 543, 3)", b"(1099511627776,3)"[:12]), 6: b"\x93NUMPY\x01\x00\x76\x00{'descr': "}
    huge = b"\x93NUMPY\x01\x00"
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (1099511627776, 543, 3), }"
    damaged[7] = huge + (len(header) + 1).to_bytes(2, "little") + header + b"\n" + whole[128:]
    for take, content in damaged.items():
        (tmp_path / "a-b" / f"a-b_{take:04}.npy").write_bytes(content)
    found, problems = find(tmp_path)
    assert [recording.name for recording in found] == ["a-b_0001"]
    assert len(problems) == len(damaged)


def test_the_same_numbers_under_two_names(tmp_path):
    same = made.array(["a", "b"])
    made.save_array(tmp_path, "a-b", 1, same)
    made.save_array(tmp_path, "a-b", 2, same)
    made.save_array(tmp_path, "b-a", 1, made.array(["b", "a"], 3))
    found, problems = find(tmp_path)
    assert [recording.name for recording in found] == ["a-b_0001", "b-a_0001"]
    assert "«a-b_0001»" in problems[0].reason
    made.save_array(tmp_path, "b-a", 2, same)  # one of the two phrases is wrong, and nobody knows which
    found, problems = find(tmp_path)
    assert [recording.name for recording in found] == ["b-a_0001"]
    assert {problem.name for problem in problems} == {"a-b_0001", "a-b_0002", "b-a_0002"}


def test_a_page_shows_every_problem_and_the_whole_reason():
    reason = "ieraksts ir par īsu: 5 kadri līdz pēdējai rokai, vajag vismaz 12. Rādiet lēnāk vai izdzēsiet to"
    page = problems_table([Problem(f"a-b_{number:04}", reason) for number in range(70)])._repr_html_()
    assert page.count(reason) == 70
