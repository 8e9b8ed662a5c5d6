import json
import unicodedata

import pytest

from ground.errors import DataError
from ground.files import ROOT
from ground.signs import char_map_hash, load_char_map, nearest_signs, read_phrase

LZV = load_char_map(ROOT / "char_map.json")


def write(path, content):
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def test_the_repository_map_is_the_latvian_alphabet():
    assert len(LZV) == 45
    assert (LZV["0"], LZV["10"], LZV["a"], LZV["ā"], LZV["ž"], LZV[" "]) == (0, 10, 11, 12, 43, 44)


@pytest.mark.parametrize(("content", "named"), [
    ({"a": 0, "b": 0}, "«a» un «b»"), ({"a": 0, "b": 2}, "trūkst numura 1"), ({}, "nav nevienas zīmes"),
    ("{not json", "nav derīgs JSON"), ({"a": "0"}, "«a»"), ("[1, 2]", "objektam"),
    ('{"ā": 0, "a\\u0304": 1}', "divreiz"), ('{"a": 1, "a": 0}', "«a» ir divreiz"), ({"a": -1}, "«a»"),
])
def test_a_wrong_map_stops_and_names_the_entry(content, named, tmp_path):
    with pytest.raises(DataError, match=named):
        load_char_map(write(tmp_path / "char_map.json", content))


@pytest.mark.parametrize(("name", "signs"), [
    ("g-u-n-t-a", ["g", "u", "n", "t", "a"]), ("k-ā- -t", ["k", "ā", " ", "t"]), ("1-0", ["1", "0"]), ("10", ["10"]),
    (unicodedata.normalize("NFD", "š-ķ-ē"), ["š", "ķ", "ē"]), ("G-Ā", ["g", "ā"]), ("a-b ", ["a", "b"]),
])
def test_names_are_read_as_signs(name, signs):
    assert read_phrase(name, LZV) == signs


@pytest.mark.parametrize(("name", "sign", "help"), [
    ("a-ö", "ö", "Līdzīgas zīmes: o"), ("a-11", "11", "1"), ("w-a", "w", "g-u-n-t-a"), ("gunta", "gunta", "atdala")])
def test_an_unknown_sign_is_named_with_the_nearest_or_how_to_write(name, sign, help):
    with pytest.raises(DataError) as error:
        read_phrase(name, LZV)
    assert f"«{sign}»" in str(error.value)
    assert help in error.value.remedy


@pytest.mark.parametrize("name", ["a--b", "a-b-", "-a"])
def test_a_hyphen_without_a_sign_beside_it_is_told(name):
    with pytest.raises(DataError, match=r"defisei vienā pusē nav zīmes\..*«- -»"):
        read_phrase(name, LZV)


def test_letters_that_differ_by_a_mark_are_near():
    assert nearest_signs("ą", LZV)[:2] == ["a", "ā"]


def test_the_hash_tells_maps_apart():
    assert char_map_hash({"a": 0, "b": 1}) == char_map_hash({"b": 1, "a": 0})
    assert char_map_hash({"a": 0, "b": 1}) != char_map_hash({"a": 1, "b": 0})
