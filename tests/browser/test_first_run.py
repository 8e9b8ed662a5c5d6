"""The first two notebooks as a new user has them: JupyterLab in a real browser, Run All Cells, looked at."""

import nbformat
import pytest
from lab import NAMES

from ground.files import ROOT


def kinds(cell):
    """What a cell shows beside plain text: tables and figures, by their kind."""
    return sorted("image" if "image" in kind else kind for output in cell.get("outputs", [])
                  for kind in output.get("data", {}) if kind != "text/plain")


@pytest.fixture(scope="module")
def first(opened):
    """The page before anything is done: its tab in front, its questions, the topmost folder."""
    opened.picture("opened")
    first = opened.front(), opened.questions(), opened.folders()
    opened.picture("opened_repository")
    return first


@pytest.fixture(scope="module")
def executed(first, opened, lab):
    """Run All Cells in both: by its name, a notebook as saved and its cells as seen in the browser."""
    executed = {}
    for name in NAMES:
        if name != NAMES[0]:
            opened.open_file("code", f"{name}.ipynb")
        opened.run_all()
        opened.wait_until_done()
        opened.save()
        opened.picture(name, whole=True)
        executed[name] = lab.notebook(name), opened.cells()
    return executed


def test_the_first_notebook_is_in_front(first):
    assert first[0] == f"{NAMES[0]}.ipynb"


def test_the_address_on_the_terminal_leads_there_too(lab):
    """For those whose browser does not open by itself: WSL, a server."""
    assert f"/lab/tree/code/{NAMES[0]}.ipynb?token=" in lab.printed


def test_nothing_is_asked(first):
    assert first[1] == []


def test_the_whole_repository_can_be_browsed(first):
    assert {"code", "data", "models", "README.md"} <= set(first[2])


@pytest.mark.parametrize("name", NAMES)
def test_no_cell_fails_or_warns(name, executed):
    saved, seen = executed[name]
    for cell in saved.cells:
        for output in cell.get("outputs", []):
            assert output["output_type"] != "error", output
            assert output.get("name") != "stderr", output["text"]
    assert [cell["errors"] for cell in seen if cell["errors"]] == []
    code = [cell for cell in saved.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_and_table_is_there(name, executed):
    saved, seen = executed[name]
    committed = nbformat.read(ROOT / "code" / f"{name}.ipynb", 4)
    assert [kinds(cell) for cell in saved.cells] == [kinds(cell) for cell in committed.cells]
    assert [cell["images"] for cell in seen] == [kinds(cell).count("image") for cell in committed.cells]
    assert sum(cell["images"] for cell in seen) > 2


@pytest.mark.parametrize("name", NAMES)
def test_no_output_is_wider_than_the_page(name, executed):
    assert [number for number, cell in enumerate(executed[name][1]) if cell["wide"]] == []


def test_the_terminal_shows_no_traceback(executed, lab):
    assert "Traceback" not in lab.said()
