"""Reading one array: only with a model, a char_map and an aspect that belong together."""

import made
import pytest

from ground.errors import DataError
from ground.files import ROOT
from ground.signs import load_char_map
from utils.network import load_model
from utils.reading import read_array

MODELS = ROOT / "models" / "lzv" / "1"
CHAR_MAP = load_char_map(MODELS / "char_map.json")


@pytest.fixture(scope="module")
def model():
    return load_model(MODELS / "lzv_prediction_model_final_exp1.keras")


@pytest.fixture
def array(tmp_path):
    return made.save_array(tmp_path, "a-b", 1, made.array(["a", "b"]))


def test_an_array_is_read(model, array):
    reading = read_array(model, array, CHAR_MAP, aspect=480 / 640)
    assert set(reading.signs) <= set(CHAR_MAP)
    assert 0 <= reading.confidence <= 1


def test_a_checkpoint_of_a_phase_gives_no_probabilities_and_is_refused(array):
    with pytest.raises(DataError, match=r"nav nolasīšanas modelis.*lzv_prediction_model_final"):
        read_array(load_model(MODELS / "lzv_model_phase3_best_exp1.keras"), array, CHAR_MAP)


@pytest.mark.parametrize("aspect", [None, 0, -1, float("nan"), float("inf"), "16:9", 1280])
def test_an_impossible_aspect_is_refused(aspect, model, array):
    with pytest.raises(DataError, match=r"aspect: .* nevar būt attēla platums / augstums"):
        read_array(model, array, CHAR_MAP, aspect)


@pytest.mark.parametrize("count", [4, 70])
def test_a_char_map_of_another_model_is_refused(count, model, array):
    other = {chr(0x4E00 + index): index for index in range(count)}
    with pytest.raises(DataError, match=rf"char_map: tajā ir {count} zīmes, bet modelis pazīst 45"):
        read_array(model, array, other)


def test_a_damaged_model_is_named(tmp_path):
    whole = (MODELS / "lzv_prediction_model_final_exp1.keras").read_bytes()
    for number, start in enumerate((0, len(whole) // 3, len(whole) - 3000)):
        path = tmp_path / f"{number}.keras"
        path.write_bytes(whole[:start] + bytes(3000) + whole[start + 3000:])
        with pytest.raises(DataError, match="bojāts"):
            load_model(path)
