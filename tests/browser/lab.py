"""JupyterLab as `run.py lab` starts it, in a copy of the repository and with a home folder of its own."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat

from ground.files import ROOT
from start import packages

NAMES = ("extract_landmarks", "preprocess_landmarks")
PATIENCE = 90  # seconds a slow machine may need for a start or an end
FEW = 150  # practice recordings where 600 would only take time
#: run.py of the copy, with the environment of the repository.
RUN = "import sys; sys.path.insert(0, 'code'); import run; run.packages.ENVIRONMENT = {!r}; sys.exit(run.main())"
#: What stands for the user's browser: it notes the address that JupyterLab would have it show.
NOTE = "import sys; open({!r}, 'w').write(sys.argv[1])"


def copy_repository(folder: Path, few: bool) -> Path:
    """The files that git knows or would take, as they are now."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                            check=True, stdout=subprocess.PIPE).stdout.decode().split("\0")
    for name in listed:
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    if few:
        path = folder / "code" / "extract_landmarks.ipynb"
        path.write_text(path.read_text(encoding="utf-8").replace("PRACTICE_PHRASES = 600", f"PRACTICE_PHRASES = {FEW}"),
                        encoding="utf-8")
    return folder


class Lab:
    """JupyterLab that runs: `opened` is what it opens in the user's browser, `printed` what it says on the terminal."""

    def __init__(self, repository: Path, home: Path):
        self.repository, self.terminal = repository, home / "terminal.txt"
        address = home / "address.txt"
        (home / "note.py").write_text(NOTE.format(str(address)), encoding="utf-8")
        _show_all_cells(home)
        words = ["lab", "--ServerApp.port=0", *(["--allow-root"] if _is_root() else [])]
        with self.terminal.open("w") as said:
            self.process = subprocess.Popen(
                [packages.executable(), "-c", RUN.format(packages.ENVIRONMENT), *words], cwd=repository,
                env=user(home, home / "note.py"), stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT)
        try:
            self.opened = self._waited(lambda: address.exists() and address.read_text())
            self.printed = self._waited(lambda: re.findall(r"^ +(http://\S+token=\S+)$", self.said(), re.MULTILINE))[0]
        except BaseException:
            self.process.kill()
            raise

    def said(self) -> str:
        """What stands on the terminal."""
        return self.terminal.read_text(encoding="utf-8", errors="replace")

    def stop(self) -> None:
        """Ends JupyterLab and its kernels through its own address, which works on every system."""
        server, token = re.match(r"(http://[^/]+).*token=(\w+)", self.printed).groups()
        urllib.request.urlopen(urllib.request.Request(f"{server}/api/shutdown?token={token}", method="POST"))
        self.process.wait(PATIENCE)

    def notebook(self, name: str):
        """A notebook as it is on disk."""
        return nbformat.read(self.repository / "code" / f"{name}.ipynb", 4)

    def _waited(self, found):
        for _ in range(PATIENCE * 5):
            if value := found():
                return value
            if self.process.poll() is not None:
                break
            time.sleep(0.2)
        raise AssertionError("JupyterLab did not start:\n" + self.said())


def number_of(notebook, text: str) -> int:
    """Where the code cell with this text stands."""
    return next(number for number, cell in enumerate(notebook.cells)
                if cell.cell_type == "code" and text in cell.source)


def user(home: Path, browser: Path) -> dict[str, str]:
    """The variables of a user who is here for the first time: an empty home folder."""
    command = " ".join(shlex.quote(Path(part).as_posix()) for part in (sys.executable, browser)) + " %s"
    return {**os.environ, "HOME": str(home), "USERPROFILE": str(home), "APPDATA": str(home), "BROWSER": command}


def _show_all_cells(home: Path) -> None:
    """JupyterLab keeps only the visible cells in the page; to count and to photograph all, all have to be there."""
    settings = home / ".jupyter" / "lab" / "user-settings" / "@jupyterlab" / "notebook-extension"
    settings.mkdir(parents=True)
    (settings / "tracker.jupyterlab-settings").write_text('{"windowingMode": "none"}')


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0
