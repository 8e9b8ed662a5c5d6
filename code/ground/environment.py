"""The machine: are the right packages installed, and TensorFlow's start-up noise kept off the page."""

import contextlib
import importlib.metadata
import os
import platform
import sys
from collections.abc import Iterator

from packaging.requirements import Requirement

from ground.errors import DataError, stop_in_a_sentence
from ground.files import ROOT
from start.surroundings import unreadable_folder

REPORTED = ("tensorflow", "keras", "mediapipe", "numpy", "jiwer", "scikit-learn", "opencv-python")


def check_environment() -> str:
    """One sentence when all is well; DataError with the cure when a package is missing or of another version, or cannot
    be loaded on this system. From then on the notebook's stop button leaves a sentence."""
    stop_in_a_sentence()
    wrong = [f"{name} {found or 'nav'} (vajag {pin})" for name, pin in pins().items()
             if (found := installed(name)) != pin]
    if wrong:
        raise DataError("Vide", "neatbilst requirements.txt: " + ", ".join(wrong),
                        "Palaidiet python3 code/run.py lab: tas uzliek vajadzīgo un atver JupyterLab")
    if fault := unreadable_folder(sys.prefix):
        raise DataError("Vide", fault)
    _load_opencv()
    return f"Vide ir kārtībā: Python {platform.python_version()}, {len(pins())} pakotnes kā requirements.txt."


def _load_opencv() -> None:
    """OpenCV needs two libraries of the system, which servers and WSL often lack."""
    try:
        import cv2  # noqa: F401
    except ImportError as error:
        remedy = ("Debian, Ubuntu un WSL: sudo apt install libgl1 libglib2.0-0; Fedora: sudo dnf install mesa-libGL "
                  "glib2; tad palaidiet šūnu vēlreiz" if ".so" in str(error) else
                  "Izdzēsiet mapi .venv un palaidiet python3 code/run.py lab")
        raise DataError("Vide", f"OpenCV nevar ielādēt ({error})", remedy) from None


def pins() -> dict[str, str]:
    """Package -> version, as requirements.txt states for this Python."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    wanted = [Requirement(line) for line in lines if "==" in line]
    return {one.name: str(one.specifier).removeprefix("==") for one in wanted
            if one.marker is None or one.marker.evaluate()}


def installed(name: str) -> str | None:
    """The installed version of a package, None when it is missing."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def versions() -> dict[str, str | None]:
    """What an experiment's JSON says of the software it was made with."""
    return {"python": platform.python_version(), "system": platform.system(),
            **{name: installed(name) for name in REPORTED}}


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Sends what C++ libraries write to the error stream nowhere.

    TensorFlow and MediaPipe write there before their own log levels apply, so no setting silences them.
    Python's own errors are exceptions and are not touched.
    """
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
