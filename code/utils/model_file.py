"""`.keras` files: written so that every Keras that the repository runs with reads them, read without running code.

A `.keras` is a zip of `config.json`, which names the classes of the layers, and of arrays. Keras makes whatever a
config names, so nothing is loaded that names a class of which our own networks are not made.
"""

import functools
import json
import zipfile
import zlib
from pathlib import Path

from ground.backend import keras
from ground.errors import DataError
from ground.files import shown, written_whole
from utils.network import STRIDES, build_network, prediction_model
from utils.normalisation import PACKAGE

#: A config of Keras 3.15 names these; our networks leave them as they are from the start. Keras 3.12, the last for
#: Python 3.10, refuses a config that names them.
NEWER_SETTINGS = {"quantization_config", "input_axes", "output_axes", "renorm", "renorm_clipping", "renorm_momentum"}
CONFIG = "config.json"
NOT_OURS = ("modeli nevar ielādēt; tas nav šīs programmas .keras fails vai ir bojāts",
            "Norādiet lzv_prediction_model_final_X.keras no models/lzv")


def save_model(model: keras.Model, path: Path) -> None:
    """Writes a network or prediction model, whole or not at all. Raises DataError as `written_whole` does."""
    # A model of the same layers that was never compiled: the optimizer's state would triple the file.
    plain = keras.Model(model.inputs, model.outputs, name=model.name)
    with written_whole(path) as temporary:
        plain.save(temporary)
        with zipfile.ZipFile(temporary) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        config = json.loads(parts[CONFIG], object_hook=lambda part: {
            name: value for name, value in part.items() if name not in NEWER_SETTINGS})
        with zipfile.ZipFile(temporary, "w") as archive:
            for name, content in (parts | {CONFIG: json.dumps(config)}).items():
                archive.writestr(name, content)


def load_model(path: Path) -> keras.Model:
    """Loads a `.keras` of ours; nothing in the file can run code. Raises DataError when it is something else."""
    if not is_ours(path):
        raise DataError(shown(path), *NOT_OURS)
    try:
        return keras.models.load_model(path, safe_mode=True, compile=False)
    except Exception as error:  # a damaged archive ends in as many ways as it has layers
        raise DataError(shown(path), *NOT_OURS) from error


def is_ours(path: Path) -> bool:
    """Whether every class that the file names is one that our own networks are made of."""
    named = named_classes(path)
    return named <= _our_classes() and any(registered.startswith(f"{PACKAGE}>") for _, registered in named)


def named_classes(path: Path) -> set[tuple[str, str]]:
    """The classes that a `.keras` file names, read as text: class name and registered name ("" for Keras' own); empty
    when it is no such file."""
    try:
        with zipfile.ZipFile(path) as archive:
            config = json.loads(archive.read(CONFIG))
    except (KeyError, OSError, EOFError, ValueError, NotImplementedError, zipfile.BadZipFile, zlib.error):
        return set()
    if isinstance(config, dict):
        config.pop("compile_config", None)  # a checkpoint's optimizer and loss: nothing that loading would read
    names: set[tuple[str, str]] = set()
    _collect(config, names)
    return names


@functools.cache
def _our_classes() -> set[tuple[str, str]]:
    ours: set[tuple[str, str]] = set()
    for architecture in STRIDES:
        _collect(json.loads(prediction_model(build_network(architecture, 1)).to_json()), ours)
    return ours


def _collect(config, names: set[tuple[str, str]]) -> None:
    if isinstance(config, dict):
        if "class_name" in config:
            names.add((str(config["class_name"]), str(config.get("registered_name") or "")))
        for value in config.values():
            _collect(value, names)
    elif isinstance(config, list):
        for value in config:
            _collect(value, names)
