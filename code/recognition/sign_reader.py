"""The model that reads: a LiteRT file and its signs, found by a number, a folder or a path.

An experiment's folder holds both (`lzv_model_expX.tflite`, `char_map.json`); so does the ASL base's.
"""

import dataclasses
import os
from pathlib import Path

import numpy as np

from ground.counted import counted
from ground.errors import DataError
from ground.files import ROOT, read_json, shown
from ground.landmarks import HAND_JOINTS
from ground.signs import char_map_hash, load_char_map
from recognition.litert import LiteReader

MODELS = ROOT / "models" / "lzv"
MAPS = ("char_map.json", "char_map_asl.json")
PROBED = 8  # frames that tell how many of them one step of the output stands for


@dataclasses.dataclass(frozen=True)
class SignReader:
    """`read(hands (T, 42, 3), aspect)` gives probabilities (T', classes + 1), blank last; `signs` by index; a step of
    T' stands for `stride` frames."""

    path: Path
    signs: list[str]
    stride: int
    read: LiteReader


def load_reader(model: str | int | Path | None = None, models: Path = MODELS) -> SignReader:
    """The newest finished experiment's model (None), or that of a number, a folder or a `.tflite`.

    Raises DataError, which says what is there, when there is none, when its char_map lies elsewhere or does not fit,
    and for a `.tflite` of another program.
    """
    path = _found(model, models)
    refusal = "Norādiet lzv_model_expX.tflite no models/lzv"
    if not os.path.isfile(path):
        raise DataError(shown(path), "modeļa nav", refusal)
    try:
        read = LiteReader(path.read_bytes())
        probabilities = read(np.full((PROBED, 2 * HAND_JOINTS, 3), 0.5, np.float32), 1.0)
        steps, classes = probabilities.shape
        if PROBED % steps or not np.allclose(probabilities.sum(axis=1), 1, atol=1e-3) or probabilities.min() < 0:
            raise ValueError("no probabilities")
    except Exception:  # another's model fails in as many ways as it may be built
        raise DataError(shown(path), "tas nav šīs programmas LiteRT modelis vai ir bojāts", refusal) from None
    char_map = _char_map_of(path)
    if len(char_map) != classes - 1:
        raise DataError(shown(path), f"modelis pazīst {counted(classes - 1, 'zīmi', 'zīmes')}, bet "
                        f"{char_map_path(path).name} ir {len(char_map)}",
                        "Ņemiet char_map.json no tā paša eksperimenta mapes")
    return SignReader(path, sorted(char_map, key=char_map.get), PROBED // steps, read)


def char_map_path(path: Path) -> Path:
    """The char_map beside a model. Raises DataError when there is none."""
    for name in MAPS:
        if (beside := path.with_name(name)).exists():
            return beside
    raise DataError(shown(path), f"blakus nav {MAPS[0]}, tāpēc nav zināms, kura zīme ir kura",
                    "Turiet modeli tā eksperimenta mapē vai nokopējiet arī char_map.json")


def _char_map_of(path: Path) -> dict[str, int]:
    """The signs of a model; the experiment's own account tells a char_map that was exchanged for another."""
    char_map = load_char_map(char_map_path(path), in_folders=False)
    for account in path.parent.glob("lzv_exp_data_*.json"):
        data = read_json(account).get("dataset_info")
        stated = data.get("char_map_hash") if isinstance(data, dict) else None
        if stated and stated != char_map_hash(char_map):
            raise DataError(shown(char_map_path(path)), "zīmes nav tās, ar kurām modelis mācīts",
                            "Atjaunojiet šī eksperimenta char_map.json")
    return char_map


def _found(model: str | int | Path | None, models: Path) -> Path:
    """The `.tflite` that is meant."""
    if model is None or str(model) == "auto":
        folders = sorted((folder for folder in models.glob("*") if folder.name.isdecimal()), key=lambda f: int(f.name))
        finished = [path for folder in folders for path in folder.glob("*.tflite")]
        if not finished:
            raise DataError(shown(models), "nav neviena pabeigta eksperimenta", "Vispirms palaidiet train_42")
        return finished[-1]
    path = models / str(model) if str(model).isdecimal() else Path(model)
    path = path if path.is_absolute() or os.path.exists(path) else ROOT / path
    if os.path.isdir(path):
        inside = sorted(path.glob("*.tflite"))
        if not inside and any(lite.parent.name.isdecimal() for lite in path.glob("*/*.tflite")):
            return _found(None, path)  # a folder of experiments: the newest
        if not inside:
            raise DataError(shown(path), "šajā mapē nav LiteRT modeļa (.tflite)",
                            "Palaidiet tajā eksperimentā train_42 šūnu «Saglabāšana» vai norādiet citu")
        return inside[0]
    if str(model).isdecimal():
        there = sorted((folder.name for folder in models.glob("*") if folder.name.isdecimal()), key=int)
        raise DataError(shown(path), "tāda eksperimenta nav", f"Ir: {', '.join(there) or 'neviena'}")
    if path.suffix == ".keras":
        raise DataError(shown(path), "lasīšanai vajag .tflite", "Tas ir tajā pašā eksperimenta mapē")
    return path
