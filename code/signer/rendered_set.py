"""Drawn video as the real MediaPipe saw it: a test set, by people and cameras that practice never draws, and practice.

`data/rendered_test/<alphabet>.npz` and `data/rendered_practice/<alphabet>.npz`: landmarks float16 (sum of frames, 42,
3) as in a record, sign int8 (frames: which sign of the phrase is held, -1 between), and for each recording length,
phrase, person and aspect (picture width / height). The test set has truth float16 of the landmarks' shape (where the
joints are, hidden ones too) besides.
"""

from pathlib import Path

import numpy as np

from ground.errors import DataError
from ground.files import shown
from utils.recordings import Recording

#: How many people signed before each of the cameras, one after another, and the cameras' frames a second.
PEOPLE, RATES = 12, (30.0, 25.0, 30.0, 25.0, 30.0)
FIELDS = ("landmarks", "sign", "length", "phrase", "person", "aspect")


def read_test_file(path: Path) -> dict[str, np.ndarray]:
    """The test set's arrays. Raises DataError when the file is missing or something else."""
    return _read(path, (*FIELDS, "truth"))


def rendered_recordings(path: Path, char_map: dict[str, int]) -> list[Recording]:
    """The recordings whose signs `char_map` has, as a network reads them. Raises DataError as `read_test_file` does."""
    return [recording for recording, _ in rendered_takes(path, char_map)]


def rendered_takes(path: Path, char_map: dict[str, int]) -> list[tuple[Recording, np.ndarray]]:
    """The same, each with the sign that is held in every frame (T,), -1 between."""
    content = _read(path, FIELDS)
    takes = []
    for number, (end, length) in enumerate(zip(np.cumsum(content["length"]), content["length"])):
        phrase, frames = str(content["phrase"][number]), slice(end - length, end)
        signs = phrase.split("-")
        if set(signs) <= set(char_map):
            takes.append((Recording(f"{phrase}_{number + 1:04}", signs, content["landmarks"][frames].astype(np.float32),
                                    float(content["aspect"][number]), str(content["person"][number]), "rendered",
                                    generated=True), content["sign"][frames]))
    return takes


def _read(path: Path, fields: tuple[str, ...]) -> dict[str, np.ndarray]:
    try:
        with np.load(path, allow_pickle=False) as file:
            content = {name: file[name] for name in fields}
        if len(content["landmarks"]) != content["length"].sum() or len(content["phrase"]) != len(content["length"]):
            raise ValueError("lengths")
        return content
    except Exception:  # a damaged archive ends in as many ways as it has layers
        raise DataError(shown(path), "uzzīmēto video punktu nav vai fails ir bojāts",
                        "Atjaunojiet to no repozitorija vai izveidojiet vēlreiz (docs/virtual_signer.md)") from None
