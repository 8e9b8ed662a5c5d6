"""The house: every folder lists its modules in reading order, and nothing is imported from a later one."""

import ast
import re
from pathlib import Path

import pytest

from ground.files import ROOT

CODE = ROOT / "code"
#: From the ground up: a folder imports from those before it only.
FOLDERS = ("start", "ground", "frames", "utils", "corpora", "recognition", "results", "app", "signer", "asl", "drawing",
           "studies")
MOST_MODULES, MOST_LINES = 20, 300


def modules(folder):
    return {path.stem for path in (CODE / folder).glob("*.py")} - {"__init__"}


def listed(folder):
    """The modules that a folder's docstring names, in its order."""
    text = ast.get_docstring(ast.parse((CODE / folder / "__init__.py").read_text(encoding="utf-8")))
    return re.findall(r"^`(\w+)`  +\S", text, re.MULTILINE)


def imported(path):
    """(folder, module) of all that a file imports from the house."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in FOLDERS:
            folder, _, module = node.module.partition(".")
            yield from [(folder, module)] if module else [(folder, name.name) for name in node.names]


def test_every_folder_of_code_is_known_and_none_is_empty():
    found = {path.name for path in CODE.iterdir() if path.is_dir() and any(path.glob("*.py"))}
    assert found == set(FOLDERS)


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_names_its_modules_each_once(folder):
    assert sorted(listed(folder)) == sorted(modules(folder))


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_and_its_modules_stay_small(folder):
    assert len(modules(folder)) <= MOST_MODULES
    lines = {path: path.read_text(encoding="utf-8").count("\n") for path in (CODE / folder).glob("*.py")}
    assert max(lines.values()) <= MOST_LINES, max(lines, key=lines.get)


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_way_leads_back_up(folder):
    order = listed(folder)
    for module in order:
        for other, name in imported(CODE / folder / f"{module}.py"):
            assert FOLDERS.index(other) <= FOLDERS.index(folder), f"{folder}.{module} imports {other}.{name}"
            if other == folder:
                assert order.index(name) < order.index(module), f"{folder}.{module} imports {name}, which comes later"


def test_only_drawing_and_fitting_need_the_drawing_packages():
    needing = {path.relative_to(CODE).as_posix() for path in Path(CODE).rglob("*.py")
               if any(other == "drawing" for other, _ in imported(path)) and path.parent.name != "drawing"}
    assert needing == {"studies/fit_noise.py", "studies/fit_view_error.py"}


def test_contributing_tells_of_the_same_house():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)/` \| (.+) \|$", text, re.MULTILINE))
    assert tuple(rows) == FOLDERS
    for folder, row in rows.items():
        assert re.findall(r"`(\w+)`", row) == listed(folder)
