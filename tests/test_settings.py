"""Settings: what a user can get wrong in a configuration cell or on the command line, said before any work."""

import nbformat
import numpy as np
import pytest

from ground.errors import DataError
from ground.files import ROOT, read_json, write_json
from ground.settings import SETTINGS, check_settings, read_settings

NOTEBOOKS = sorted((ROOT / "code").glob("*.ipynb"))


def configuration(path):
    """The values of a notebook's configuration cell."""
    (cell,) = [cell for cell in nbformat.read(path, 4).cells if "parameters" in cell.metadata.get("tags", [])]
    values = {}
    exec(cell.source, values)
    return {name: value for name, value in values.items() if name.isupper()}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_setting_of_a_notebook_is_known_and_its_default_serves(path):
    values = configuration(path)
    assert set(values) <= set(SETTINGS)
    check_settings({**values, "VIDEOS_FOLDER": "data/videos"})


def test_no_setting_is_described_that_no_notebook_has():
    assert set().union(*map(configuration, NOTEBOOKS)) == set(SETTINGS)


@pytest.mark.parametrize(("name", "value", "told"), [
    ("MIRRORED", True, '["*"]'), ("MIRRORED", "[*]", '["*"]'), ("MIRRORED", [1], '["*"]'),
    ("PROCESSES", 0, "no 1"), ("BATCH_SIZE", 0, "no 1"), ("PATIENCE", 0, "no 1"), ("SHOWN_FRAMES", 0, "no 1"),
    ("EPOCHS_PHASE_1", -1, "no 0"), ("EPOCHS_PHASE_3", 2.5, "veselu skaitli"), ("EPOCHS_PHASE_2", True, "veselu"),
    ("SEED", None, "veselu skaitli"), ("SEED", "42", "veselu skaitli"),
    ("LR_PHASE_1", -1, "lielāku par 0"), ("LR_PHASE_2", 0, "lielāku par 0"), ("LR_PHASE_3", (0, 3), "punktu"),
    ("LR_PHASE_3", float("nan"), "lielāku par 0"), ("DROPOUT", 1, "0.9"), ("LEAST_HAND_SHARE", 50, "0.5 ir puse"),
    ("VALIDATION_SHARE", 0, "lielāku par 0"), ("VALIDATION_SHARE", "0.2", "skaitli"),
    ("USE_AUGMENTATION", "FALSE", "True vai False"), ("USE_GENERATED", 1, '"auto", True vai False'),
    ("TRAIN_BASE", 1, '"auto", "more", True vai False'), ("TRAIN_BASE", "yes", '"auto", "more", True vai False'),
    ("FRESH_PRACTICE", None, "True vai False"), ("ARCHITECTURE", "lstm", '"conv" vai "bilstm"'),
    ("AUGMENTATION", None, "stiprumiem"), ("AUGMENTATION", {"rotation": "15"}, "stiprumiem"),
    ("BASE", False, '"auto"'), ("BASE", "nav/tāda.keras", "faila nav"), ("BASE", "models", "mape"),
    ("TABLE", "", "None"), ("TABLE", "code", "mape"), ("PHRASES", "", "faila ceļu"), ("PHRASES", "code", "mape"),
    ("PHRASES", "nav.txt", "faila nav"), ("ALPHABET", 3, "faila ceļu"), ("VIDEOS_FOLDER", "nav/tādas", "mapes nav"),
    ("VIDEOS_FOLDER", "README.md", "fails"), ("LANDMARKS_FOLDER", "README.md", "fails"),
    ("RECORDS_FOLDER", "", "mapes ceļu"), ("SPLIT", "", "tekstu"), ("TEST_VALUES", {"a"}, "sarakstu"),
    ("MODELS_FOLDER", "README.md/x", "nekā nevar ielikt"), ("LANDMARKS_FOLDER", "README.md/x", "nekā nevar ielikt"),
    ("DATASET_INFO", "README.md", ".json"), ("RENDERED_TEST", "README.md", ".npz"), ("BASE", "README.md", ".keras"),
    ("LR_PHASE_1", 10**400, "saprast"), pytest.param("SEED", 10**5000, "veselu", id="digits"),
    pytest.param("BASE", "x" * 5000, "saprast", id="long"),
    ("VIDEOS_FOLDER", "~nouser/x", "saprast"), ("BASE", np.array(["a", "b"]), "faila ceļu"),
    ("TRAIN_BASE", np.array(["a", "b"]), "True vai False"), ("TEST_VALUES", "[Anna, Janis]", "sarakstu"),
    ("MIRRORED", " [*]", '["*"]'), ("SHOWN_PHRASE", 2026, "tekstu"), ("DATASET_NAME", None, "tekstu"),
])
def test_a_wrong_setting_is_named_with_what_it_is_and_what_it_may_be(name, value, told):
    with pytest.raises(DataError) as error:
        check_settings({name: value})
    sentence = str(error.value)
    assert sentence.startswith(f"{name} ({SETTINGS[name][1]}): ") and told in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize(("name", "text", "value"), [
    ("SHOWN_PHRASE", "2026", "2026"), ("VIDEOS_FOLDER", "2024", "2024"), ("DATASET_NAME", "None", "None"),
    ("LR_PHASE_1", "0,003", 0.003), ("LR_PHASE_1", "3e-3", 0.003), ("SEED", "3", 3), ("BASE", "None", None),
    ("BASE", "3", 3), ("BASE", "auto", "auto"), ("USE_AUGMENTATION", "FALSE", False),
    ("USE_AUGMENTATION", "true", True),
    ("USE_GENERATED", "auto", "auto"), ("USE_GENERATED", "True", True), ("MIRRORED", "*selfie*", "*selfie*"),
    ("MIRRORED", '["*"]', ["*"]), ("MIRRORED", "[*]", "[*]"), ("TEST_VALUES", "[1, 2]", [1, 2]),
    ("TEST_VALUES", "Anna", "Anna"), ("AUGMENTATION", '{"rotation": 5}', {"rotation": 5}), ("TABLE", "", None),
    ("EPOCHS_PHASE_3", "2.5", 2.5), ("SEED", "None", None),
])
def test_the_command_line_gives_values_of_the_settings_kind(name, text, value):
    read = read_settings({name: text}, [name])[name]
    assert read == value and type(read) is type(value)


def test_a_training_of_no_epoch_is_told_before_it_begins():
    with pytest.raises(DataError, match="0 epohu"):
        check_settings(dict.fromkeys(("EPOCHS_PHASE_1", "EPOCHS_PHASE_2", "EPOCHS_PHASE_3"), 0))


def test_paths_and_numpys_numbers_serve_and_can_be_written_down(tmp_path):
    values = {"MODELS_FOLDER": tmp_path, "SEED": np.int64(3), "LR_PHASE_3": np.float32(0.5)}
    check_settings(values)
    write_json(tmp_path / "config.json", values)
    assert read_json(tmp_path / "config.json") == {"MODELS_FOLDER": str(tmp_path), "SEED": 3, "LR_PHASE_3": 0.5}


def test_what_was_written_after_p_that_is_no_value_is_told():
    with pytest.raises(DataError, match="Izlabojiet vērtību"):
        check_settings(read_settings({"AUGMENTATION": "{[1]: 2}"}, ["AUGMENTATION"]), "Izlabojiet vērtību aiz -p")


def test_a_mistyped_name_is_told_the_right_one():
    with pytest.raises(DataError, match=r"EPOCHS_PHASE3: .*Vai domāts EPOCHS_PHASE_3\?$"):
        check_settings({"EPOCHS_PHASE3": 10})
    with pytest.raises(DataError, match=r"«EPOKAS»"):
        read_settings({"EPOKAS": "3"}, ["SEED", "EPOCHS_PHASE_1"])
    with pytest.raises(DataError, match=r"Vai domāts BATCH_SIZE\?"):
        read_settings({"BATCHSIZE": "3"}, ["SEED", "BATCH_SIZE"])


def test_a_notebooks_other_names_are_left_alone():
    check_settings({"In": [], "TABLE_NAME": "landmarks.csv", "DONE": "gatavs", "_OUT": 1, "code": ROOT})
