"""The stop button (■) in the first notebook's long cells: one sentence, and nothing left in the way of what follows."""

import pytest
from lab import NAMES, number_of

FEW = True  # practice recordings: to stop in the middle, not to learn from
#: The cells that run long, by what stands in them, and what their output says before they are stopped.
LONG = {"extract_all(videos": "1/6", "write_practice(arrays": ""}


@pytest.fixture(scope="module")
def stopped(opened, lab):
    """The first notebook, Run All Cells and ■ in each of its long cells: by the cell's text, all cells then."""
    stopped = {}
    for text, said in LONG.items():
        opened.run_all()
        opened.wait_for_cell(number_of(lab.notebook(NAMES[0]), text), said)
        opened.page.wait_for_timeout(500)
        opened.stop()
        opened.wait_until_done()
        opened.save()
        opened.picture(f"stopped_{text.split('(')[0]}", whole=True)
        stopped[text] = lab.notebook(NAMES[0])
    return stopped


@pytest.fixture(scope="module")
def afterwards(stopped, opened, lab):
    """Both notebooks, run to the end after the stops."""
    for name in NAMES:
        if name != NAMES[0]:
            opened.open_file("code", f"{name}.ipynb")
        opened.run_all()
        opened.wait_until_done()
        opened.save()
        opened.picture(f"after_stops_{name}", whole=True)
    return {name: lab.notebook(name) for name in NAMES}


@pytest.mark.parametrize("text", LONG)
def test_a_stop_leaves_one_sentence(text, stopped):
    errors = {number: output for number, cell in enumerate(stopped[text].cells) for output in cell.get("outputs", [])
              if output["output_type"] == "error" or output.get("name") == "stderr"}
    assert list(errors) == [number_of(stopped[text], text)]
    said = "\n".join(*[output.get("traceback", [output.get("text")]) for output in errors.values()])
    assert said.startswith("Apturēts.") and len(said.splitlines()) == 1


def test_after_a_stop_the_table_shows_whole_numbers(afterwards):
    cell = afterwards[NAMES[0]].cells[number_of(afterwards[NAMES[0]], "quality_table(")]
    assert ".0×" not in cell.outputs[0]["data"]["text/html"]


def test_no_practice_recording_left_by_a_stop_is_taken_for_a_persons(afterwards, lab):
    notebook = afterwards[NAMES[1]]
    said = "".join(output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", []))
    table = (lab.repository / "data/processed_landmarks/training_landmarks/landmarks.csv").read_text(encoding="utf-8")
    assert f"Derīgie ieraksti: {len(table.splitlines()) - 1}," in said and "nederīgie: 0" in said
    assert "ir cilvēku" not in said


def test_the_terminal_shows_no_traceback(afterwards, lab):
    assert "Traceback" not in lab.said()
