"""The start-up script: what it does without an environment of its own."""

import subprocess
import sys

import pytest

import run
from ground.environment import check_environment, pins, quiet
from ground.errors import DataError
from ground.files import ROOT


@pytest.fixture
def nothing_runs(monkeypatch, tmp_path):
    """run.py with an empty folder as its environment; every command is noted and answered with `status`."""
    commands, status = [], [0]
    monkeypatch.setattr(run, "run", lambda command, cwd=ROOT: commands.append(command) or status[0])
    monkeypatch.setattr(run, "ENVIRONMENT", tmp_path / ".venv")
    monkeypatch.setattr(run, "PYTHON", tmp_path / ".venv" / "python")
    monkeypatch.setattr(run, "INSTALLED", tmp_path / ".venv" / "installed.txt")
    monkeypatch.setattr(run, "OUTPUTS", tmp_path / "outputs")

    def create(folder, **_):
        folder.mkdir(exist_ok=True)
        (folder / "python").touch()

    monkeypatch.setattr(run.venv, "create", create)
    return commands, status


def start(monkeypatch, *words):
    monkeypatch.setattr(sys, "argv", ["run.py", *words])
    return run.main()


@pytest.mark.parametrize("version", [(3, 9, 1), (3, 13, 0)])
def test_another_python_gets_one_line_that_names_the_right_ones(version, monkeypatch, capsys):
    monkeypatch.setattr(run.sys, "version_info", version)
    assert start(monkeypatch) == 2
    text = capsys.readouterr().out
    assert "3.10, 3.11 vai 3.12" in text
    assert len(text.splitlines()) == 1


def test_packages_are_installed_once_and_again_when_the_list_changes(nothing_runs, monkeypatch):
    commands, _ = nothing_runs
    for _ in range(2):
        assert start(monkeypatch, "test") == 0
    assert sum("pip" in command for command in commands) == 1
    run.INSTALLED.write_text(run.INSTALLED.read_text() + "x")
    start(monkeypatch, "test")
    assert sum("pip" in command for command in commands) == 2


def test_all_notebooks_run_in_order(nothing_runs, monkeypatch, capsys):
    commands, _ = nothing_runs
    assert start(monkeypatch) == 0
    assert [command[2] for command in commands if "execute.py" in command[1]] == list(run.NOTEBOOKS)
    assert "Rezultāti" in capsys.readouterr().out


def test_a_failing_notebook_stops_the_rest_and_tells_by_its_status(nothing_runs, monkeypatch, capsys):
    commands, status = nothing_runs
    start(monkeypatch, "test")
    status[0] = 1
    commands.clear()
    assert start(monkeypatch) == 1
    assert len(commands) == 1
    assert "kļūda" in capsys.readouterr().out


def test_settings_reach_the_notebook(nothing_runs, monkeypatch):
    commands, _ = nothing_runs
    start(monkeypatch, "train_42", "-p", "SEED", "3", "-p", "BASE", "None")
    assert commands[-1][-7:] == ["train_42", "-p", "SEED", "3", "-p", "BASE", "None"]


def test_run_needs_nothing_but_the_standard_library():
    code = "import sys; sys.path.insert(0, 'code'); import run; print(len(run.NOTEBOOKS))"
    alone = subprocess.run([sys.executable, "-I", "-S", "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert alone.stdout.strip() == "3"


def test_the_environment_is_checked_against_requirements(monkeypatch):
    assert "kārtībā" in check_environment()
    monkeypatch.setattr("ground.environment.pins", lambda: {"numpy": "9.9", "nav-tādas": "1"})
    with pytest.raises(DataError, match=r"numpy .* \(vajag 9.9\), nav-tādas nav"):
        check_environment()
    assert "tensorflow" in pins()


def test_quiet_silences_the_error_stream_and_gives_it_back(capfd):
    import os
    with quiet():
        os.write(2, b"noise")
    os.write(2, b"voice")
    assert capfd.readouterr().err == "voice"
