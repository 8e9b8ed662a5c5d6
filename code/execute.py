"""Executes one notebook with papermill into outputs/, its sections and epochs on the terminal as they come.

    .venv/bin/python -m execute NOTEBOOK [-p NAME VALUE ...] [--outputs DIR]     (in code/; run.py does this)

A failing cell is printed once: its error and nothing of papermill's own traceback.
"""

import argparse
import contextlib
import logging
import os
import re
import sys
import time
from pathlib import Path

import nbformat
import papermill
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, papermill_engines

from ground.errors import INTERRUPTED, DataError
from ground.files import make_folder, shown
from ground.settings import check_settings, read_settings
from start.surroundings import utf8_output
from start.terminal import Terminal, clock

CODE = Path(__file__).resolve().parent
SHOWN_LINES = 12
STARTS = 3  # attempts to start a kernel
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
FAILED, GIVEN = "papermill-error-cell-tag", "injected-parameters"  # papermill's tags of its own cells
STOPPED = "**Burtnīca apstājās ar kļūdu: kas noticis, teikts zem šūnas, pie kuras tā apstājās.**"
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def execute(name: str, written: dict[str, str], outputs: Path) -> int:
    """Runs code/NAME.ipynb with settings as written on the command line into OUTPUTS/NAME.ipynb; returns the status."""
    logging.getLogger("papermill").setLevel(logging.ERROR)
    notebook, target = CODE / f"{name}.ipynb", outputs / f"{name}.ipynb"
    try:
        settings = read_settings(written, set(papermill.inspect_notebook(str(notebook))))
        check_settings(settings, f"Izlabojiet vērtību aiz -p {next(iter(settings), '')}" if len(settings) == 1 else
                       "Izlabojiet vērtību aiz -p")
        make_folder(outputs)
        if target.exists() and not (target.is_file() and os.access(target, os.W_OK)):
            raise DataError(shown(target), "failu nedrīkst pārrakstīt", "Dodiet atļauju rakstīt vai izdzēsiet to")
    except DataError as error:
        print(f"{name}: {error}")
        return 2
    started = time.time()
    with Terminal() as Watched.terminal:
        Watched.terminal.line(name)
        Watched.terminal.begin("  sāk")
        try:
            papermill.execute_notebook(str(notebook), str(target), settings, cwd=str(CODE), kernel_name="python3",
                                       engine_name="watched", progress_bar=False)
        except papermill.PapermillExecutionError as error:
            failed = "\n".join(error.traceback[-SHOWN_LINES:])
            Watched.terminal.line(f"{name}, {error.exec_count}. šūna:\n" + COLOURS.sub("", failed))
            _as_ours(target)
            Watched.terminal.line(f"{name}: kļūda pēc {clock(time.time() - started)}; viss līdz tai ir {target}")
            return 1
        except RuntimeError as error:  # DeadKernelError among them
            if not Watched.began:
                Watched.terminal.line(f"{name}: Python kodolu neizdevās sākt ({error}). Palaidiet vēlreiz.")
                return 1
            Watched.terminal.line(f"{name}: Python apstājās pēc {clock(time.time() - started)} (parasti pietrūkst "
                                  "atmiņas). Aizveriet citas programmas vai samaziniet PROCESSES un BATCH_SIZE.")
            return 1
        except KeyboardInterrupt:
            Watched.terminal.line(f"{name}: pārtraukts pēc {clock(time.time() - started)}; pabeigtais ir saglabāts.")
            return INTERRUPTED
        Watched.terminal.line(f"{name}: gatavs ({clock(time.time() - started)})")
    told = _as_ours(target)
    if warnings := sum(line.startswith("⚠") for cell in told.cells for output in cell.get("outputs", [])
                       for line in output.get("text", "").splitlines()):
        print(f"  ⚠ Brīdinājumi ({warnings}) ir burtnīcā {target}")
    return 0


class Watched(PapermillNotebookClient):
    """papermill's client that tells the terminal the section it is in, and what a cell says while it runs."""

    terminal: Terminal
    began = False  # whether the kernel came as far as a cell

    def execute_cell(self, cell, cell_index, **kwargs):
        """Executes one cell, the section it stands in named first."""
        Watched.began = True
        if cell_index and (section := self._heading(cell_index)):
            self.terminal.begin(f"  {section}")
        return super().execute_cell(cell, cell_index, **kwargs)

    def process_message(self, msg, cell, cell_index):
        """A message from the kernel: text that a cell renews while it runs goes to the terminal too."""
        content = msg["content"]
        if msg["msg_type"] in ("display_data", "update_display_data") and set(content["data"]) == {"text/plain"}:
            self.terminal.news(f"  {content['data']['text/plain']}")
        if msg["msg_type"] == "stream" and "\r" in content["text"]:
            with contextlib.suppress(IndexError):
                self.terminal.news("  " + [part for part in content["text"].split("\r") if part.strip()][-1].strip())
        return super().process_message(msg, cell, cell_index)

    def _heading(self, index: int) -> str:
        """The heading of the text just before a cell, "" where there is none."""
        before = self.nb.cells[index - 1]
        found = HEADING.search(before.source) if before.cell_type == "markdown" else None
        return found.group(1) if found else ""


class WatchedEngine(NBClientEngine):
    """papermill's engine with that client."""

    @classmethod
    def execute_managed_notebook(cls, nb_man, kernel_name, **kwargs):
        known = {key: value for key, value in kwargs.items() if key in ("nest_asyncio", "resources")}
        Watched.began = False
        for attempt in range(STARTS):
            client = Watched(nb_man, kernel_name=kernel_name, timeout=None, startup_timeout=120, **known)
            try:
                return client.execute(cwd=str(CODE))
            except RuntimeError:
                # Another kernel that starts just now may take a port between this one's choice and its use.
                if Watched.began or attempt == STARTS - 1:
                    raise


papermill_engines.register("watched", WatchedEngine)


def _as_ours(path: Path) -> nbformat.NotebookNode:
    """Takes papermill's notes (paths, times) out of a notebook, puts Latvian in the place of what it wrote into cells,
    and returns what remains: it can be shown and committed."""
    notebook = nbformat.read(path, 4)
    for part in (notebook, *notebook.cells):
        part.metadata.pop("papermill", None)
        part.metadata.pop("execution", None)
    for cell in notebook.cells:
        if FAILED in cell.metadata.get("tags", []):
            cell.source = STOPPED
        elif GIVEN in cell.metadata.get("tags", []):
            cell.source = cell.source.replace("# Parameters", "# Iestatījumi no -p", 1)
    nbformat.write(notebook, path)
    return notebook


if __name__ == "__main__":
    utf8_output()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name")
    parser.add_argument("-p", nargs=2, action="append", default=[], dest="settings")
    parser.add_argument("--outputs", type=Path, default=CODE.parent / "outputs")
    options = parser.parse_args()
    sys.exit(execute(options.name, dict(options.settings), options.outputs))
