#!/usr/bin/env python3
"""The one command: makes the environment, runs the notebooks, the tests or JupyterLab. Standard library only.

    python3 code/run.py                                the three notebooks in order, into outputs/
    python3 code/run.py NOTEBOOK [-p NAME VALUE ...]   one notebook, with other settings
    python3 code/run.py test | lab | bench             the tests, JupyterLab, the measurements
    python3 code/run.py transfer                       the study of what a base is worth
    python3 code/run.py signer                         the measurements of the virtual signer
    python3 code/run.py clips | test_set | noise | view_error   what the virtual signer's pictures serve, made again
"""

import argparse
import hashlib
import io
import os
import subprocess
import sys
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
INSTALLED = ENVIRONMENT / "installed.txt"
OUTPUTS = ROOT / "outputs"
PROGRAMS = {"bench": "bench", "transfer": "transfer", "signer": "signer.measure", "clips": "signer.clips",
            "test_set": "signer.rendered", "noise": "signer.fit_noise", "view_error": "signer.fit_view_error"}
DRAWING = ("clips", "test_set", "noise", "view_error")  # these need requirements-signer.txt
NOTEBOOKS = ("extract_landmarks", "preprocess_landmarks", "train_42")
QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "GLOG_minloglevel": "3", "PYTHONWARNINGS": "ignore", "PYTHONUTF8": "1",
         "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}  # NumPy's products here are small: a second thread only waits for them


def main() -> int:
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")  # a Windows console may lack Latvian letters
    if not (3, 10) <= sys.version_info[:2] <= (3, 12):
        print(f"Vajag Python 3.10, 3.11 vai 3.12, bet šis ir {sys.version.split()[0]}. "
              "Windows: py -3.11 code\\run.py; citur: python3.11 code/run.py")
        return 2
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", default="all", choices=("all", *NOTEBOOKS, "test", "lab", *PROGRAMS))
    parser.add_argument("-p", nargs=2, action="append", default=[], metavar=("NAME", "VALUE"), dest="parameters",
                        help="a setting of the notebook's configuration cell")
    options, rest = parser.parse_known_args()
    if rest and options.what not in ("test", "lab"):
        parser.error(f"nezināms: {' '.join(rest)}")
    if not prepared():
        return 1
    if options.what == "all" and options.parameters:
        parser.error("-p vajag burtnīcas nosaukumu, piemēram: train_42 -p SEED 1")
    if options.what == "test":
        return run([str(PYTHON), "-m", "pytest", *rest])
    if options.what == "lab":
        return run([str(PYTHON), "-m", "jupyterlab", *rest], cwd=ROOT / "code")
    if options.what in PROGRAMS:
        if options.what in DRAWING and not drawing_prepared():
            return 1
        return run([str(PYTHON), "-m", PROGRAMS[options.what],
                    *(word for pair in options.parameters for word in ("-p", *pair))], cwd=ROOT / "code")
    names = NOTEBOOKS if options.what == "all" else (options.what,)
    return run_notebooks(names, options.parameters)


def prepared() -> bool:
    """Makes .venv and installs requirements.txt, again only when that file or the Python version changed."""
    version = sys.version.split()[0]
    wanted = f"{version} {hashlib.sha256((ROOT / 'requirements.txt').read_bytes()).hexdigest()}"
    stamp = INSTALLED.read_text() if INSTALLED.exists() else ""
    if stamp == wanted and PYTHON.exists():
        return True
    started = time.time()
    print("Vide: uzstāda requirements.txt mapē .venv (pirmoreiz dažas minūtes) …", flush=True)
    if not PYTHON.exists() or not stamp.startswith(f"{version} "):
        try:
            venv.create(ENVIRONMENT, with_pip=True, clear=True, symlinks=os.name != "nt")
        except subprocess.CalledProcessError:
            print("Python nevar izveidot vidi. Debian un Ubuntu: sudo apt install python3-venv; tad palaidiet vēlreiz.")
            return False
    if run([str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
            "-r", str(ROOT / "requirements.txt")]):
        print("Pakotnes neizdevās uzstādīt: pārbaudiet interneta savienojumu un vietu diskā, tad palaidiet vēlreiz.")
        return False
    INSTALLED.write_text(wanted)
    print(f"Vide: gatava ({clock(time.time() - started)})", flush=True)
    return True


def drawing_prepared() -> bool:
    """Installs what only the drawing of video needs. Without dependencies: of the body model only data are used."""
    if run([str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps",
            "-r", str(ROOT / "requirements-signer.txt")]):
        print("Zīmēšanas pakotnes neizdevās uzstādīt: pārbaudiet interneta savienojumu, tad palaidiet vēlreiz.")
        return False
    return True


def run_notebooks(names: tuple[str, ...], parameters: list[list[str]]) -> int:
    """Executes the notebooks in order with papermill; stops at the first that fails. Returns the exit status."""
    for name in names:
        started = time.time()
        print(f"{name} …", flush=True)
        if run([str(PYTHON), str(ROOT / "code" / "execute.py"), name,
                *(word for pair in parameters for word in ("-p", *pair))]):
            print(f"{name}: kļūda pēc {clock(time.time() - started)}; viss līdz tai ir {OUTPUTS / name}.ipynb")
            return 1
        print(f"{name}: gatavs ({clock(time.time() - started)})", flush=True)
    print(f"Rezultāti: {OUTPUTS} (burtnīcas ar attēliem), {ROOT / 'models' / 'lzv'} (eksperimenti)")
    return 0


def run(command: list[str], cwd: Path = ROOT) -> int:
    """Runs a command, its libraries kept quiet and off each other's cores; returns its exit status."""
    return subprocess.run(command, cwd=cwd, env={**ONE_THREAD, **os.environ, **QUIET}, check=False).returncode


def clock(seconds: float) -> str:
    """Seconds as minutes:seconds."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02} min"


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("Pārtraukts; pabeigtie faili ir saglabāti.")
