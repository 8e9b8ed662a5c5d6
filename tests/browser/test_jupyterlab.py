"""The first two notebooks as a new user has them: JupyterLab in a real browser, stopped, run to the end, looked at."""

import nbformat
import pytest

from ground.files import ROOT

NAMES = ("extract_landmarks", "preprocess_landmarks")
MINUTES = 15  # the longest run that is waited for
#: The cells that run long, by what stands in them, and what their output says before they are stopped.
LONG = {"extract_all(videos": "1/6", "write_practice(arrays": ""}


def number_of(notebook, text):
    """Where the code cell with this text stands."""
    return next(number for number, cell in enumerate(notebook.cells)
                if cell.cell_type == "code" and text in cell.source)


def kinds(cell):
    """What a cell shows beside plain text: tables and figures, by their kind."""
    return sorted("image" if "image" in kind else kind for output in cell.get("outputs", [])
                  for kind in output.get("data", {}) if kind != "text/plain")


@pytest.fixture(scope="session")
def stopped(opened, lab):
    """The first notebook run, and stopped (■) in each of its long cells: by its text, the notebook's cells."""
    stopped = {}
    for text, said in LONG.items():
        number = number_of(lab.notebook(NAMES[0]), text)
        opened.run_all()
        opened.wait_for_cell(number, said)
        opened.page.wait_for_timeout(500)
        opened.stop()
        opened.wait_until_done(2)
        opened.save()
        opened.picture(f"stopped_{text.split('(')[0]}", whole=True)
        stopped[text] = lab.notebook(NAMES[0]).cells
    return stopped


@pytest.fixture(scope="session")
def executed(opened, lab, stopped):
    """Run All Cells in both: by its name, a notebook as saved and its cells as seen in the browser."""
    executed = {}
    for name in NAMES:
        if name != NAMES[0]:
            opened.open_file("code", f"{name}.ipynb")
        opened.run_all()
        opened.wait_until_done(MINUTES)
        opened.save()
        opened.picture(name, whole=True)
        executed[name] = lab.notebook(name), opened.cells()
    return executed


def test_the_first_notebook_is_in_front(opened):
    assert opened.front() == "extract_landmarks.ipynb"


def test_the_address_on_the_terminal_leads_there_too(lab):
    """For those whose browser does not open by itself: WSL, a server."""
    assert "/lab/tree/code/extract_landmarks.ipynb?token=" in lab.printed


def test_nothing_is_asked(opened):
    assert opened.questions() == []


def test_the_whole_repository_can_be_browsed(opened):
    assert {"code", "data", "models", "README.md"} <= set(opened.folders())


@pytest.mark.parametrize("text", LONG)
def test_a_stop_leaves_one_sentence(text, stopped):
    cells = stopped[text]
    errors = {number: output for number, cell in enumerate(cells) for output in cell.get("outputs", [])
              if output["output_type"] == "error" or output.get("name") == "stderr"}
    assert list(errors) == [next(number for number, cell in enumerate(cells) if text in cell.source)]
    said = "\n".join(*[output["traceback"] for output in errors.values()])
    assert said.startswith("Apturēts.") and len(said.splitlines()) == 1


@pytest.mark.parametrize("name", NAMES)
def test_no_cell_fails_or_warns(name, executed):
    saved, seen = executed[name]
    for cell in saved.cells:
        for output in cell.get("outputs", []):
            assert output["output_type"] != "error", output
            assert output.get("name") != "stderr", output["text"]
    assert [cell["errors"] for cell in seen if cell["errors"]] == []
    code = [cell for cell in saved.cells if cell.cell_type == "code"]
    assert all(isinstance(cell.execution_count, int) for cell in code)


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_and_table_is_there(name, executed):
    saved, seen = executed[name]
    committed = nbformat.read(ROOT / "code" / f"{name}.ipynb", 4)
    assert [kinds(cell) for cell in saved.cells] == [kinds(cell) for cell in committed.cells]
    assert [cell["images"] for cell in seen] == [kinds(cell).count("image") for cell in committed.cells]
    assert sum(cell["images"] for cell in seen) > 2


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_wider_than_the_page(name, executed):
    assert [number for number, cell in enumerate(executed[name][1]) if cell["wide"]] == []


def test_what_a_stop_left_is_not_in_the_way(executed):
    practice = int(executed[NAMES[0]][0].cells[4].source.split("PRACTICE_PHRASES = ")[1].split()[0])
    text = "".join(output.get("text", "") for cell in executed[NAMES[1]][0].cells for output in cell.get("outputs", []))
    assert f"Derīgi {practice + 6} ieraksti" in text and "neder 0" in text


def test_the_terminal_shows_no_traceback(executed, lab):
    assert "Traceback" not in lab.said()
