"""A machine set up for other projects: the kernel that starts is .venv's all the same, with our modules. No browser."""

import json
import subprocess

import nbformat
import pytest
from lab import NAMES, user

from ground.files import ROOT
from start import packages, surroundings

#: Starts the kernel that notebooks name, as JupyterLab does, and says what it is and whose modules it sees.
ASK = """
import sys
from jupyter_client.manager import start_new_kernel
manager, client = start_new_kernel(kernel_name="python3", cwd=sys.argv[1], startup_timeout=90)
client.execute_interactive(sys.argv[2], timeout=90)
client.stop_channels()
manager.shutdown_kernel(now=True)
"""
QUESTION = """
%matplotlib inline
import json, os, ground.files, frames.video, matplotlib.pyplot
print("ANSWER" + json.dumps([sys.prefix, ground.files.__file__, frames.video.__file__, os.environ["KERAS_BACKEND"],
                             "inline" in matplotlib.get_backend()]))
"""


@pytest.fixture(scope="module")
def foreign(tmp_path_factory):
    """Variables and a home folder of another project."""
    home = tmp_path_factory.mktemp("foreign")
    for name in ("utils", "ground", "results", "start"):
        (home / "modules" / name).mkdir(parents=True)
        (home / "modules" / name / "__init__.py").write_text("raise SystemExit('another project')")
    (home / "startup.py").write_text("raise SystemExit('another project')")
    for folder in ("jupyter", ".local/share/jupyter", "Library/Jupyter", "jupyter_data"):
        kernel = home / folder / "kernels" / "python3"
        kernel.mkdir(parents=True)
        argv = [str(home / "gone" / "python"), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        (kernel / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "Gone", "language": "python"}))
    return {**user(home, home / "browser"), "PYTHONPATH": str(home / "modules"), "JUPYTER_PATH": str(home / "jupyter"),
            "JUPYTER_DATA_DIR": str(home / "jupyter_data"), "PYTHONSTARTUP": str(home / "startup.py"),
            "KERAS_BACKEND": "torch", "MPLBACKEND": "QtAgg", "JUPYTER_PREFER_ENV_PATH": "0"}


def answer(environment):
    """What the kernel says after the first cell of the first notebook."""
    notebook = nbformat.read(ROOT / "code" / f"{NAMES[0]}.ipynb", 4)
    first = next(cell.source for cell in notebook.cells if cell.cell_type == "code")
    asked = subprocess.run([packages.executable(), "-c", ASK, str(ROOT / "code"), first + QUESTION], env=environment,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", timeout=300)
    assert "ANSWER" in asked.stdout, asked.stdout
    return json.loads(asked.stdout.split("ANSWER")[1].splitlines()[0])


OURS = [packages.ENVIRONMENT, str(ROOT / "code" / "ground" / "files.py"), str(ROOT / "code" / "frames" / "video.py"),
        "tensorflow", True]


def test_run_py_starts_our_kernel(foreign):
    assert answer(surroundings.environment(foreign)) == OURS


def test_so_does_a_plain_jupyter_lab(foreign):
    assert answer(foreign) == OURS
