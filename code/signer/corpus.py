"""Practice recordings on disk: written in the usual layout and marked as generated in landmarks.csv."""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd

from signer.alphabet import Alphabet
from signer.noise import FIGURES, load_noise
from signer.phrases import draw_phrases
from signer.practice import Practice, practise, whole_array
from utils.extraction import array_path, next_name, quality, taken_names
from utils.files import written_whole
from utils.recordings import frames_needed
from utils.signs import join_phrase
from utils.table import DONE, TABLE_NAME, read_table, write_table

SOURCE = "virtuālais rādītājs"


def own_recordings(table: pd.DataFrame) -> int:
    """How many finished recordings of landmarks.csv are a person's."""
    return int(((table["status"] == DONE) & (table.get("generated", "") != "1")).sum())


def write_practice(arrays: Path, alphabet: Alphabet, alphabet_path: Path, listed: list[list[str]],
                   char_map: dict[str, int], count: int, seed: int) -> pd.DataFrame:
    """Sees to it that `count` practice recordings lie below `arrays`; returns the table with theirs.

    The same alphabet, count and seed give the same recordings, and nothing is written again; when one of
    them changed, the old practice recordings make way. A person's recordings are not touched.
    """
    table_path = arrays / TABLE_NAME
    table = read_table(table_path)
    recipe = _recipe(alphabet_path, listed, char_map, count, seed)
    practice = table["source"].str.startswith(SOURCE)
    whole = [array_path(arrays, row["phrase"], row["name"]).exists() for row in table[practice].to_dict("records")]
    if sum(practice) == count and all(whole) and set(table[practice]["fingerprint"]) <= {recipe}:
        return table
    for row in table[practice].to_dict("records"):
        array_path(arrays, row["phrase"], row["name"]).unlink(missing_ok=True)
    rows = table[~practice].to_dict("records")
    taken = taken_names({row["name"]: row for row in rows}, arrays)
    for number, recording in enumerate(_recordings(alphabet, listed, char_map, count, seed), 1):
        rows.append(_write(recording, arrays, taken, {"source": f"{SOURCE} {number}", "fingerprint": recipe,
                                                      "signer": f"virtuāls {number}", "session": "virtuāls"}))
    write_table(table_path, sorted(rows, key=lambda row: row["name"]))
    return read_table(table_path)


def _recordings(alphabet: Alphabet, listed: list[list[str]], char_map: dict[str, int], count: int, seed: int):
    """Practice recordings that are long enough to be learnt from, each from a generator of its own."""
    noise, rng = load_noise(), np.random.default_rng(seed)
    for phrase in draw_phrases(count, listed, list(char_map), rng):
        while True:
            recording = practise(phrase, alphabet, noise, rng)
            if np.any(recording.hands, axis=(1, 2)).sum() >= 2 * frames_needed(phrase, 2):
                break
        yield recording


def _write(recording: Practice, arrays: Path, taken: set[str], known: dict) -> dict:
    phrase, camera = join_phrase(recording.phrase), recording.camera
    name = next_name(phrase, taken)
    taken.add(name)
    array = whole_array(recording)
    with written_whole(array_path(arrays, phrase, name)) as temporary:
        np.save(temporary, array)
    return {"name": name, "phrase": phrase, "frames": len(array), "fps": camera.fps, "width": camera.width,
            "height": camera.height, "seconds": round(len(array) / camera.fps, 2), **quality(array), "mirrored": 0,
            "generated": 1, "status": DONE, "reason": "", **known}


def _recipe(alphabet_path: Path, listed: list[list[str]], char_map: dict[str, int], count: int, seed: int) -> str:
    """16 hex digits of all that the recordings are made from."""
    made_of = [alphabet_path.read_bytes(), FIGURES.read_bytes(), repr((listed, char_map, count, seed)).encode()]
    return hashlib.sha256(b"".join(made_of)).hexdigest()[:16]
