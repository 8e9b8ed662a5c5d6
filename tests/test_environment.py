"""The machine as a notebook finds it: packages, OpenCV's system libraries, Keras' settings, and the stop button."""

import json
import os
import subprocess
import sys

import pytest

from ground.environment import check_environment, pins, quiet
from ground.errors import STOPPED, DataError
from ground.files import ROOT

CODE = ROOT / "code"


def python(code, cwd=CODE, **environment):
    """What a new process prints; it fails as that process does."""
    ended = subprocess.run([sys.executable, "-c", code], cwd=cwd, capture_output=True, text=True, encoding="utf-8",
                           env={**os.environ, "PYTHONUTF8": "1", **environment})
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_the_environment_is_checked_against_requirements(monkeypatch):
    assert "kārtībā" in check_environment()
    monkeypatch.setattr("ground.environment.pins", lambda: {"numpy": "9.9", "nav-tādas": "1"})
    with pytest.raises(DataError, match=r"numpy .* \(vajag 9.9\), nav-tādas nav"):
        check_environment()
    assert "tensorflow" in pins()


def test_a_system_without_libgl_is_told_what_to_install(monkeypatch, tmp_path):
    monkeypatch.delitem(sys.modules, "cv2", raising=False)
    (tmp_path / "cv2.py").write_text(
        "raise ImportError('libGL.so.1: cannot open shared object file: No such file or directory')")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(DataError, match=r"libGL\.so\.1.*sudo apt install libgl1 libglib2\.0-0"):
        check_environment()


def test_quiet_silences_the_error_stream_and_gives_it_back(capfd):
    with quiet():
        os.write(2, b"noise")
    os.write(2, b"voice")
    assert capfd.readouterr().err == "voice"


@pytest.mark.parametrize("settings", [
    {"backend": "jax", "floatx": "float16", "image_data_format": "channels_first", "epsilon": 0.1},
    {"max_epochs": 1, "max_steps_per_epoch": 1}, {"floatx": "nonsense"}])
def test_keras_json_of_another_project_changes_nothing(tmp_path, settings):
    (tmp_path / ".keras").mkdir()
    (tmp_path / ".keras" / "keras.json").write_text(json.dumps(settings))
    told = python("from ground.backend import keras; c = keras.config; print(c.backend(), c.floatx(), "
                  "c.image_data_format(), c.epsilon(), c.max_epochs(), c.max_steps_per_epoch())",
                  HOME=str(tmp_path), USERPROFILE=str(tmp_path), KERAS_BACKEND="jax", KERAS_MAX_EPOCHS="1")
    assert told.split() == ["tensorflow", "float32", "channels_last", "1e-07", "None", "None"]


FIRST_CELLS = """
import json, sys
for cell in json.load(open(sys.argv[1] if len(sys.argv) > 1 else {path!r}, encoding="utf-8"))["cells"]:
    if cell["cell_type"] == "code":
        exec("".join(cell["source"]))
        break
import utils, ground
print(utils.__file__)
"""


@pytest.mark.parametrize("cwd", [".", "code", "code/utils"])
def test_a_notebook_finds_its_package_from_any_folder_of_the_repository_and_before_another_of_that_name(cwd, tmp_path):
    for name in ("utils", "ground"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise RuntimeError('not ours')")
    for path in sorted(CODE.glob("*.ipynb")):
        told = python(FIRST_CELLS.format(path=str(path)), ROOT / cwd, PYTHONPATH=str(tmp_path))
        assert "kārtībā" in told and str(CODE / "utils") in told


def test_vs_code_names_the_notebook_where_the_kernel_starts_elsewhere(tmp_path):
    path = CODE / "train_42.ipynb"
    code = f"__vsc_ipynb_file__ = {str(path)!r}" + FIRST_CELLS.format(path=str(path))
    assert str(CODE / "utils") in python(code, tmp_path)


def test_elsewhere_a_notebook_says_how_to_open_it(tmp_path):
    path = str(CODE / "train_42.ipynb")
    with pytest.raises(AssertionError, match=r"python3 code/run\.py lab"):
        python(FIRST_CELLS.format(path=path), tmp_path)


def test_the_stop_button_leaves_one_sentence():
    code = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_cell("from ground.errors import stop_in_a_sentence; stop_in_a_sentence()")
shell.run_cell("raise KeyboardInterrupt")
shell.run_cell("raise KeyboardInterrupt('Labākais tīkls ir saglabāts.')")
"""
    lines = [line for line in python(code).splitlines() if line.strip()]
    assert lines == [f"Apturēts. {STOPPED}", "Apturēts. Labākais tīkls ir saglabāts."]
