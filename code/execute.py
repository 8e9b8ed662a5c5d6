"""Executes one notebook with papermill into outputs/; run.py calls it inside the environment.

A failing cell is printed once: its error and nothing of papermill's own traceback.
"""

import argparse
import ast
import logging
import re
import sys
from pathlib import Path

import nbformat
import papermill

CODE = Path(__file__).resolve().parent
SHOWN_LINES = 12
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def execute(name: str, parameters: dict, outputs: Path) -> int:
    """Runs code/NAME.ipynb into OUTPUTS/NAME.ipynb; returns the exit status."""
    logging.getLogger("papermill").setLevel(logging.ERROR)
    if unknown := set(parameters) - set(papermill.inspect_notebook(str(CODE / f"{name}.ipynb"))):
        print(f"{name}: iestatījuma «{sorted(unknown)[0]}» nav konfigurācijas šūnā.")
        return 2
    outputs.mkdir(parents=True, exist_ok=True)
    try:
        papermill.execute_notebook(str(CODE / f"{name}.ipynb"), str(outputs / f"{name}.ipynb"), parameters,
                                   cwd=str(CODE), kernel_name="python3", progress_bar=False)
    except papermill.PapermillExecutionError as error:
        print(f"{name}, {error.exec_count}. šūna:")
        print(COLOURS.sub("", "\n".join(error.traceback[-SHOWN_LINES:])))
        return 1
    _forget_machine(outputs / f"{name}.ipynb")
    return 0


def _forget_machine(path: Path) -> None:
    """Takes papermill's notes (paths, times) out of a notebook: what remains can be shown and committed."""
    notebook = nbformat.read(path, 4)
    for part in (notebook, *notebook.cells):
        part.metadata.pop("papermill", None)
        part.metadata.pop("execution", None)
    nbformat.write(notebook, path)


def value_of(text: str):
    """A setting as written on the command line: a Python value where it is one, else the text itself.

    >>> [value_of(text) for text in ("1e-3", "[1, 2]", "None", "false", "*selfie*", "data/videos")]
    [0.001, [1, 2], None, False, '*selfie*', 'data/videos']
    """
    try:
        return ast.literal_eval({"true": "True", "false": "False", "null": "None"}.get(text, text))
    except (ValueError, SyntaxError):
        return text


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name")
    parser.add_argument("-p", nargs=2, action="append", default=[], dest="parameters")
    parser.add_argument("--outputs", type=Path, default=CODE.parent / "outputs")
    options = parser.parse_args()
    sys.exit(execute(options.name, {key: value_of(text) for key, text in options.parameters},
                     options.outputs))
