"""Practice recordings on disk: written in the usual layout and marked as generated in landmarks.csv."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from ground.errors import DataError
from ground.files import remove
from ground.landmarks import hands_seen, quality, save_array
from ground.names import array_path, next_name, phrase_of, taken_names
from ground.signs import join_phrase
from ground.table import DONE, PRACTICE, STARTED, TABLE_NAME, is_generated, read_table, write_table
from signer.alphabet import Alphabet
from signer.noise import FIGURES, Noise, load_noise
from signer.phrases import draw_phrase, draw_phrases, phrase_weights
from signer.practice import Practice, practise, practise_nothing, whole_array
from signer.view_error import WEIGHTS
from utils.recordings import Recording, frames_needed

VERSION = 2  # of the way in which practice is made: what an older one left on the disk is made anew
NEW_PHRASE = 0.5  # chance of another phrase when a recording is renewed
DRAWS = 1000
LEARNABLE = 2  # frames with a hand that CTC's every step should have
NOTHING = 0.15  # of the new practice, so much shows no sign (drawn video and the hands of people take half of it)


def own_recordings(table: pd.DataFrame) -> int:
    """How many finished recordings of landmarks.csv are a person's."""
    return sum(row["status"] == DONE and not is_generated(row) for row in table.to_dict("records"))


def write_practice(arrays: Path, alphabet: Alphabet, alphabet_path: Path, listed: list[list[str]],
                   char_map: dict[str, int], count: int, seed: int) -> pd.DataFrame:
    """Sees to it that `count` practice recordings lie below `arrays`; returns the table with theirs.

    The same alphabet, count and seed give the same recordings, and nothing is written again; when one of
    them changed, or a stop left them unfinished, the old practice recordings make way. A person's are not touched.
    """
    table_path = arrays / TABLE_NAME
    table = read_table(table_path)
    recipe = _recipe(alphabet_path, listed, char_map, count, seed)
    practice = table["source"].str.startswith(PRACTICE)
    whole = [array_path(arrays, phrase_of(row), row["name"]).exists() and row["status"] == DONE
             for row in table[practice].to_dict("records")]
    if sum(practice) == count and all(whole) and set(table[practice]["fingerprint"]) <= {recipe}:
        return table
    for row in table[practice].to_dict("records"):
        remove(array_path(arrays, phrase_of(row), row["name"]))
    people = table[~practice].to_dict("records")
    noise, rng = load_noise(), np.random.default_rng(seed)
    phrases = draw_phrases(count, _within(listed, char_map), list(char_map), rng)
    rows = _planned(phrases, taken_names({row["name"]: row for row in people}, arrays), recipe)
    _write_rows(table_path, people + rows)  # before the work: what a stop leaves is known to be practice
    for row, phrase in zip(rows, phrases):
        row |= _write(learnable(phrase, alphabet, noise, rng), array_path(arrays, row["phrase"], row["name"]))
    people = [row for row in read_table(table_path).to_dict("records") if not row["source"].startswith(PRACTICE)]
    _write_rows(table_path, people + rows)  # with what was filled in meanwhile
    return read_table(table_path)


def fresh_practice(alphabet: Alphabet, listed: list[list[str]], char_map: dict[str, int],
                   judged: set[str]) -> Callable[[Recording, np.random.Generator], Recording]:
    """A function that gives another generated recording in the place of one: another signer and camera, half of the
    time another phrase, never one of those `judged` (phrases of validation and of the tests), now and then no sign.

    Raises DataError when of many phrases drawn none is left.
    """
    noise, signs, listed = load_noise(), list(char_map), _within(listed, char_map)
    weights = phrase_weights(listed, signs)

    def unjudged(rng: np.random.Generator) -> list[str]:
        for _ in range(DRAWS):
            phrase = draw_phrase(listed, weights, signs, rng)
            if join_phrase(phrase) not in judged:
                return phrase
        raise DataError("FRESH_PRACTICE", f"no {DRAWS} frāzēm, ko var salikt no zīmēm ({', '.join(signs[:5])} …), nav "
                        "nevienas, kas nebūtu validācijā vai testā", "Iestatiet FRESH_PRACTICE = False")

    unjudged(np.random.default_rng(0))  # said before the training, not in its midst

    def renew(recording: Recording, rng: np.random.Generator) -> Recording:
        if rng.random() < NOTHING:
            return as_recording(practise_nothing(noise, rng))
        phrase, another = recording.signs, rng.random() < NEW_PHRASE
        if another or join_phrase(phrase) in judged:
            phrase = unjudged(rng)
        return as_recording(learnable(phrase, alphabet, noise, rng))

    return renew


def as_recording(practice: Practice) -> Recording:
    """Practice as a network learns from it."""
    return Recording(join_phrase(practice.phrase), practice.phrase, practice.hands,
                     practice.camera.width / practice.camera.height, generated=True)


def _within(listed: list[list[str]], char_map: dict[str, int]) -> list[list[str]]:
    """The phrases whose signs a char_map all has."""
    return [phrase for phrase in listed if set(phrase) <= set(char_map)]


def learnable(phrase: list[str], alphabet: Alphabet, noise: Noise, rng: np.random.Generator) -> Practice:
    """A practice recording in which every sign is seen, and in enough frames to be learnt from."""
    while True:
        recording = practise(phrase, alphabet, noise, rng)
        if (np.any(recording.hands, axis=(1, 2)).sum() >= LEARNABLE * frames_needed(phrase, 1)
                and every_sign_seen(phrase, recording.motion.sign, recording.hands, alphabet)):
            return recording


def every_sign_seen(phrase: list[str], held: np.ndarray, hands: np.ndarray, alphabet: Alphabet) -> bool:
    """Whether hands (T, 42, 3) show every sign in some frame, a sign of two hands with both (an 8 without the other
    hand is a 3); held (T,): which sign of the phrase each frame holds."""
    found = hands_seen(hands)
    one, both = set(held[found.any(axis=1)].tolist()), set(held[found.all(axis=1)].tolist())
    return all(position in (one if alphabet.signs[sign].second is None else both)
               for position, sign in enumerate(phrase))


def _planned(phrases: list[list[str]], taken: set[str], recipe: str) -> list[dict]:
    """A row for each recording that is to be made."""
    rows = []
    for number, phrase in enumerate(map(join_phrase, phrases), 1):
        name = next_name(phrase, taken)
        taken.add(name)
        rows.append({"name": name, "phrase": phrase, "source": f"{PRACTICE} {number}", "fingerprint": recipe,
                     "signer": f"virtuāls {number}", "session": "virtuāls", "mirrored": 0, "generated": 1,
                     "status": STARTED, "reason": ""})
    return rows


def _write(recording: Practice, path: Path) -> dict:
    """Writes a recording's array; returns what its row then says of it."""
    array, camera = whole_array(recording), recording.camera
    save_array(path, array)
    return {"frames": len(array), "fps": camera.fps, "width": camera.width, "height": camera.height,
            "seconds": round(len(array) / camera.fps, 2), **quality(array), "status": DONE}


def _write_rows(path: Path, rows: list[dict]) -> None:
    write_table(path, sorted(rows, key=lambda row: row["name"]))


def _recipe(alphabet_path: Path, listed: list[list[str]], char_map: dict[str, int], count: int, seed: int) -> str:
    """16 hex digits of all that the recordings are made from."""
    made_of = [alphabet_path.read_bytes(), FIGURES.read_bytes(), WEIGHTS.read_bytes(),
               repr((VERSION, listed, char_map, count, seed)).encode()]
    return hashlib.sha256(b"".join(made_of)).hexdigest()[:16]
