"""The start-up: another Python, another system, foreign settings, pip that fails; nothing is installed here."""

import io
import json
import os
import re
import shutil
import subprocess
import sys
import time
import venv
from pathlib import Path

import pytest

import run
from ground.files import ROOT
from start import packages, python, surroundings
from start.terminal import RENEWED, SIGN_OF_LIFE, Terminal

OLD = [path for version in ("3.6", "3.7", "3.8", "3.9", "3.13", "3.14")
       for path in (shutil.which(f"python{version}"), *Path.home().glob(f".pyenv/versions/{version}*/bin/python"))
       if path and "shims" not in str(path)]


@pytest.fixture
def started(monkeypatch, tmp_path):
    """run.py with an empty folder as its environment; every command is noted and answered with `status`."""
    commands, status = [], [0]

    class Program:
        def __init__(self, command, **settings):
            commands.append(command)
            self.stdout = iter(["Collecting numpy\n", "ERROR: [Errno 28] No space left on device\n"])

        def wait(self):
            return status[0]

    monkeypatch.setattr(run.subprocess, "Popen", Program)
    monkeypatch.setattr(packages, "ENVIRONMENT", str(tmp_path / ".venv"))

    def create(terminal):
        (tmp_path / ".venv" / "bin").mkdir(parents=True, exist_ok=True)
        Path(packages.executable()).touch()
        return True

    monkeypatch.setattr(packages, "_create", create)

    def start(*words):
        monkeypatch.setattr(sys, "argv", ["run.py", *words])
        return run.main()

    start.commands, start.status = commands, status
    return start


def test_packages_are_installed_once_and_again_when_the_list_changes(started):
    for _ in range(2):
        assert started("test") == 0
    assert sum(str(command[-1]).endswith("requirements.txt") for command in started.commands) == 1
    stamp = Path(packages.ENVIRONMENT) / "installed.txt"
    stamp.write_text(stamp.read_text() + "x")
    started("test")
    assert sum(str(command[-1]).endswith("requirements.txt") for command in started.commands) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_an_environment_that_is_a_link_to_another_folder_is_left_as_it_is(tmp_path, monkeypatch, capsys):
    other = tmp_path / "other"
    other.mkdir()
    (other / "kept").touch()
    (tmp_path / ".venv").symlink_to(other)
    monkeypatch.setattr(packages, "ENVIRONMENT", str(tmp_path / ".venv"))
    assert not packages.prepare()
    assert (other / "kept").exists() and "saite" in capsys.readouterr().out


def test_all_notebooks_run_in_order(started, capsys):
    assert started() == 0
    assert [command[3] for command in started.commands if "execute" in command] == list(run.NOTEBOOKS)
    assert "Burtnīcas ar attēliem" in capsys.readouterr().out


def test_a_failing_notebook_stops_the_rest_and_tells_by_its_status(started):
    started("test")
    started.status[0] = 1
    started.commands.clear()
    assert started() == 1
    assert len(started.commands) == 1


def test_recognising_gets_the_files_as_they_are_and_what_it_needs(started):
    started("recognise", "a b.mp4", "--overlay", "o.webm")
    assert started.commands[-1][1:] == ["-m", "app.command", "a b.mp4", "--overlay", "o.webm"]
    assert started.commands[-2][-1].endswith("requirements-video.txt")
    started("recognise", "a.mp4", "--overlay", "o.webm")
    assert started.commands[-2][1:3] == ["-m", "app.command"], "what is installed is not installed anew"
    started("page")
    assert started.commands[-2][-1].endswith("requirements-page.txt")
    started("recognise.ipynb", "-p", "SOURCE", "0")
    assert started.commands[-1][-4:] == ["recognise", "-p", "SOURCE", "0"]


def test_settings_reach_the_notebook(started):
    started("train_42", "-p", "SEED", "3", "-p", "BASE", "None")
    assert started.commands[-1][-7:] == ["train_42", "-p", "SEED", "3", "-p", "BASE", "None"]


def test_jupyterlab_opens_on_the_whole_repository_with_the_first_notebook(started):
    started("lab")
    assert f"--ServerApp.root_dir={ROOT}" in started.commands[-1]
    assert started.commands[-1][-1] == str(ROOT / "code" / "extract_landmarks.ipynb")


def test_when_pip_fails_its_own_telling_line_is_shown(started, capsys):
    started.status[0] = 1
    assert started("test") == 1
    text = capsys.readouterr().out
    assert "pip saka: ERROR: [Errno 28] No space left on device" in text and "interneta" not in text


@pytest.mark.parametrize(("lines", "line"), [
    (["WARNING: Retrying (Retry(total=4)) after connection broken by 'NewConnectionError(no route)'",
      "ERROR: Could not find a version that satisfies the requirement numpy==1 (from versions: none)",
      "ERROR: No matching distribution found for numpy==1"],
     "WARNING: Retrying (Retry(total=4)) after connection broken by 'NewConnectionError(no route)'"),
    (["ERROR: Could not find a version that satisfies the requirement numpy==1 (from versions: 2)",
      "ERROR: No matching distribution found for numpy==1"], "ERROR: No matching distribution found for numpy==1"),
    (["Killed"], "Killed"), ([], "nekas"),
])
def test_the_telling_line(lines, line):
    assert packages.telling(lines) == line


@pytest.mark.parametrize("version", [(3, 6, 1), (3, 9, 1), (3, 13, 0)])
def test_another_python_goes_on_with_one_that_suits_and_says_so(version, started, monkeypatch, capsys):
    monkeypatch.setattr(python.sys, "version_info", version)
    monkeypatch.setattr(python, "another_python", lambda: (["py", "-3.12"], "3.12.1"))
    assert started("train_42") == 0
    assert started.commands == [["py", "-3.12", run.__file__, "train_42"]]
    assert capsys.readouterr().out.splitlines() == [
        f"Python {'.'.join(map(str, version))} neder (vajag 3.10, 3.11 vai 3.12): turpina ar Python 3.12.1 (py -3.12)."]


def test_without_any_python_that_suits_there_is_one_sentence(started, monkeypatch, capsys):
    monkeypatch.setattr(python.sys, "version_info", (3, 13, 0))
    monkeypatch.setattr(python, "another_python", lambda: (None, ""))
    assert started() == 2
    text = capsys.readouterr().out
    assert "3.10, 3.11 vai 3.12" in text and "uzstādiet" in text.lower() and len(text.splitlines()) == 1


@pytest.mark.parametrize(("words", "told"), [
    (["trian_42"], "Vai domāts train_42?"), (["foo"], "Var: all"), (["train_42", "-p", "SEED"], "-p SEED 1"),
    (["train_42", "-p", "SEED", "1", "-p", "SEED", "2"], "divreiz"), (["-p", "SEED", "1"], "burtnīcas nosaukumu"),
    (["lab", "-p", "SEED", "1"], "maina burtnīcā"), (["train_42", "SEED=1"], "nevar saprast")])
def test_a_command_line_that_is_not_understood_ends_in_a_sentence(words, told, started, capsys):
    with pytest.raises(SystemExit) as ended:
        started(*words)
    text = capsys.readouterr().out
    assert ended.value.code == 2 and told in text and len(text.splitlines()) == 1 and started.commands == []


@pytest.mark.parametrize("words", [["--help"], ["bench", "-h"]])
def test_help_is_in_latvian_and_names_every_command(words, started, capsys):
    with pytest.raises(SystemExit) as ended:
        started(*words)
    text = capsys.readouterr().out
    assert ended.value.code == 0 and text.startswith("Viena komanda") and started.commands == []
    for command in (*run.NOTEBOOKS, *run.USES, *run.PROGRAMS, "lab", "test"):
        assert re.search(rf"\b{command}\b", text), command


@pytest.mark.parametrize("what", ["Page", "CAMERA", "Recognise"])
def test_a_use_is_known_in_capitals_too(what, started):
    started(what, "a.mp4")
    assert started.commands[-1][1:] == ["-m", run.USES[what.lower()], "a.mp4"]


@pytest.mark.parametrize("what", ["page", "camera"])
def test_what_is_no_notebook_is_never_run_as_one(what, started):
    started(what, "-p", "PORT", "9000")
    assert started.commands[-1][-4:] == [f"app.{what}", "-p", "PORT", "9000"]


def test_a_notebook_may_be_named_as_its_file(started):
    started("code/Train_42.ipynb", "-p", "SEED", "1")
    assert started.commands[-1][-4:] == ["train_42", "-p", "SEED", "1"]


def test_pytests_own_words_reach_it(started):
    started("test", "-k", "signs", "-p", "no:cacheprovider")
    assert started.commands[-1][-4:] == ["-k", "signs", "-p", "no:cacheprovider"]


def test_candidates_are_looked_for_by_name_launcher_and_uv(monkeypatch):
    monkeypatch.setattr(python.shutil, "which", lambda name: name)
    monkeypatch.setattr(python.os, "name", "nt")
    found = list(python._candidates())
    assert found[:2] == [["python3.12"], ["py", "-3.12"]] and ["python3.10"] in found
    assert found[-3][:2] == ["uv", "run"] and "3.12" in found[-3]


def test_a_python_that_runs_but_does_not_suit_is_passed_over(monkeypatch):
    answers = {"-": "CPython x 3 12 0", "a": "PyPy 64 3 11 1", "b": "CPython 32 3 11 1", "c": "CPython 64 3 13 0",
               "d": "CPython 64 3 11 9"}
    monkeypatch.setattr(python, "_candidates", lambda: iter([[name] for name in answers]))
    monkeypatch.setattr(python.subprocess, "check_output", lambda command, env, **_: answers[command[0]])
    assert python.another_python() == (["d"], "3.11.9")


@pytest.mark.parametrize("old", OLD, ids=str)
def test_a_real_other_python_ends_in_a_sentence_or_goes_on(old, tmp_path):
    """The start-up's files are copied: the copy has no environment, and a PATH without a Python that suits."""
    shutil.copytree(ROOT / "code" / "start", tmp_path / "code" / "start")
    shutil.copy(ROOT / "code" / "run.py", tmp_path / "code")
    shutil.copy(ROOT / "requirements.txt", tmp_path)
    ended = subprocess.run([str(old), str(tmp_path / "code" / "run.py"), "test"], capture_output=True, text=True,
                           encoding="utf-8", env={"PATH": str(tmp_path), "HOME": str(tmp_path), "PYTHONUTF8": "1"})
    assert ended.returncode == 2 and len(ended.stdout.splitlines()) == 1, ended.stderr
    assert "Vajag Python 3.10, 3.11 vai 3.12" in ended.stdout and ended.stderr == ""


@pytest.mark.parametrize(("system", "machine", "told"), [
    ("Darwin", "x86_64", "Intel"), ("Linux", "aarch64", "aarch64"), ("Linux", "armv7l", "armv7l"),
    ("Windows", "ARM64", "arm64"), ("Windows", "x86", "32 bitu"), ("FreeBSD", "amd64", "FreeBSD")])
def test_a_system_without_the_packages_is_named_before_pip_starts(system, machine, told, started, monkeypatch, capsys):
    monkeypatch.setattr(python.platform, "system", lambda: system)
    monkeypatch.setattr(python.platform, "machine", lambda: machine)
    monkeypatch.setattr(python.struct, "calcsize", lambda _: 4)  # there Python has 32 bits, or is another version
    monkeypatch.setattr(python.sys, "version_info", (3, 13, 0))
    assert started("test") == 1
    text = capsys.readouterr().out
    assert told in text and ("mediapipe" in text or "tensorflow" in text)
    assert len(text.splitlines()) == 1 and started.commands == []


@pytest.mark.parametrize(("libc", "told"), [(("glibc", "2.17"), "glibc 2.28"), (("", ""), "Alpine"),
                                            (("glibc", "2.36"), "")])
def test_an_old_or_other_c_library_is_named(libc, told, monkeypatch):
    monkeypatch.setattr(python.platform, "system", lambda: "Linux")
    monkeypatch.setattr(python.platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(python.platform, "libc_ver", lambda: libc)
    assert told in python.missing_system() and bool(told) == bool(python.missing_system())


def test_apple_silicon_and_its_oldest_macos(monkeypatch):
    monkeypatch.setattr(python.platform, "system", lambda: "Darwin")
    monkeypatch.setattr(python.platform, "machine", lambda: "arm64")
    monkeypatch.setattr(python.platform, "mac_ver", lambda: ("11.7", None, ""))
    assert "macOS 12" in python.missing_system()
    monkeypatch.setattr(python.platform, "mac_ver", lambda: ("14.1", None, ""))
    assert python.missing_system() == ""


def test_a_32_bit_python_does_not_suit(monkeypatch):
    monkeypatch.setattr(python.struct, "calcsize", lambda _: 4)
    assert not python.suits() and "32 bitu" in python.described()


def test_foreign_settings_do_not_reach_our_programs(tmp_path):
    foreign = {"PYTHONPATH": str(tmp_path), "JUPYTER_PATH": "/x", "KERAS_BACKEND": "jax", "PIP_TARGET": "/x",
               "PATH": "/bin", "MPLBACKEND": "TkAgg", "OPENBLAS_NUM_THREADS": "7"}
    ours = surroundings.environment(foreign)
    assert ours["PATH"] == "/bin" and ours["KERAS_BACKEND"] == "tensorflow" and ours["OPENBLAS_NUM_THREADS"] == "7"
    assert not {"PYTHONPATH", "JUPYTER_PATH", "PIP_TARGET", "MPLBACKEND"} & set(ours)


def test_any_python_of_the_environment_is_ours_and_its_jupyterlab_asks_nothing(tmp_path):
    venv.create(tmp_path, with_pip=False)
    surroundings.furnish(str(tmp_path))
    python_of_it = next(tmp_path.glob("bin/python")) if os.name != "nt" else tmp_path / "Scripts" / "python.exe"
    told = subprocess.run([python_of_it, "-c", "import os; print([os.environ.get(name) for name in "
                           "('JUPYTER_PATH', 'PYTHONPATH', 'KERAS_BACKEND', 'JUPYTER_PREFER_ENV_PATH')])"],
                          capture_output=True, text=True,
                          env={**os.environ, "JUPYTER_PATH": "/x", "PYTHONPATH": "/x", "KERAS_BACKEND": "jax"})
    assert told.stdout.strip() == "[None, None, 'tensorflow', '1']"
    overrides = json.loads((tmp_path / "share/jupyter/lab/settings/overrides.json").read_text())
    assert overrides["@jupyterlab/apputils-extension:notification"]["fetchNews"] == "false"


def test_a_folder_in_which_mediapipe_fails_is_told_before_pip_starts(started, monkeypatch, capsys):
    monkeypatch.setattr(surroundings, "unreadable_folder", lambda path: "Pārvietojiet.")
    assert started("test") == 1
    assert capsys.readouterr().out == "Pārvietojiet.\n" and started.commands == []


def test_a_windows_folder_with_other_letters_is_told(monkeypatch):
    monkeypatch.setattr(surroundings.os, "name", "nt")
    monkeypatch.setattr(surroundings, "_utf8_code_page", lambda: False)
    told = surroundings.unreadable_folder("C:\\Users\\Jānis Bērziņš\\lzv")
    assert "Jānis Bērziņš" in told and "C:\\lzv" in told
    assert surroundings.unreadable_folder("C:\\lzv") == ""
    monkeypatch.setattr(surroundings, "_utf8_code_page", lambda: True)
    assert surroundings.unreadable_folder("C:\\Users\\Jānis") == ""


def test_run_needs_nothing_but_the_standard_library():
    code = "import sys; sys.path.insert(0, 'code'); import run; print(len(run.NOTEBOOKS))"
    alone = subprocess.run([sys.executable, "-I", "-S", "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert alone.stdout.strip() == "4"


def test_a_terminal_that_renews_lines_leaves_one_a_section():
    stream = io.StringIO()
    with Terminal(stream, live=True) as terminal:
        terminal.begin("  Dati")
        terminal.begin("  3. fāze")
        terminal.news("  epoha 1/2")
        terminal.news("  epoha 2/2")
        terminal.line("gatavs")
    shown = [line.split("\r")[-1].split("  0:0")[0].rstrip() for line in stream.getvalue().split("\n")]
    assert [line for line in shown if line] == ["  Dati", "  3. fāze", "  epoha 2/2", "gatavs"]


def test_a_terminal_of_a_few_columns_and_a_reader_who_has_left_do_no_harm(monkeypatch):
    monkeypatch.setenv("COLUMNS", "5")

    class Left(io.StringIO):
        def flush(self):
            raise BrokenPipeError

    for stream in (io.StringIO(), Left()):
        with Terminal(stream, live=True) as terminal:
            terminal.begin("  3. fāze")
            terminal.line("gatavs")
    assert "gatavs" in stream.getvalue()


def test_a_file_gets_every_epoch_and_a_sign_of_life_in_a_silence(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr("start.terminal.RENEWED", 0.02)
    monkeypatch.setattr("start.terminal.SIGN_OF_LIFE", 0.1)
    with Terminal(stream, live=False) as terminal:
        terminal.begin("  3. fāze")
        terminal.news("  epoha 1/2")
        time.sleep(0.4)
        terminal.news("  epoha 2/2")
    lines = stream.getvalue().splitlines()
    assert lines[:2] == ["  3. fāze …", "  epoha 1/2"] and lines[-1] == "  epoha 2/2"
    assert sum(line == "  epoha 1/2 … 0:00" for line in lines) >= 2
    assert SIGN_OF_LIFE + RENEWED < 10
