"""Makes the rendered test set: 120 phrases drawn as video by people of its own, through the real MediaPipe.

    python3 code/run.py test_set     (20 minutes; writes data/rendered_test/lzv.npz)

A stopped run goes on where it was: each recording is kept in a folder of unfinished ones until the file is whole.
"""

import itertools
import shutil

import joblib
import numpy as np
from tqdm import tqdm

from drawing.filming import Shot, tracked
from drawing.scenes import TEST_CAMERAS, TEST_PEOPLE
from ground.errors import in_a_sentence
from ground.files import ROOT, shown, written_whole
from ground.signs import join_phrase
from signer.alphabet import load_alphabet
from signer.phrases import draw_phrases, read_phrases, take_rarest

ALPHABETS = ROOT / "code" / "alphabets"
TARGET = ROOT / "data" / "rendered_test" / "lzv.npz"
PARTS = TARGET.parent / ".unfinished_lzv"
PHRASES, LEAST = 120, 12  # phrases in all, and times that each sign occurs
TEMPO = (1.0, 4.0)  # signs a second, from slow to quick
SEED = 2026
BY_FRAME = {"landmarks": "holistic", "truth": "truth", "sign": "sign"}  # in the file: in a take


def main() -> None:
    alphabet = load_alphabet(ALPHABETS / "lzv.json")
    listed = read_phrases(ALPHABETS / "phrases_lzv.txt", alphabet)
    phrases = choose(listed, list(alphabet.signs), np.random.default_rng(SEED))
    tempos = np.exp(np.random.default_rng(SEED).uniform(*np.log(TEMPO), PHRASES))
    pairs = itertools.cycle(itertools.product(TEST_CAMERAS, TEST_PEOPLE))
    shots = [Shot(phrase, *pair, seed, tempo)
             for seed, (phrase, pair, tempo) in enumerate(zip(phrases, pairs, tempos), SEED)]
    PARTS.mkdir(parents=True, exist_ok=True)
    parts = joblib.Parallel(n_jobs=2, return_as="generator")(
        joblib.delayed(tracked)(shot, PARTS / f"{shot.seed}.npz") for shot in shots)
    kept = [dict(np.load(part)) for part in tqdm(parts, total=len(shots), ncols=80)]
    with written_whole(TARGET) as temporary:
        np.savez_compressed(
            temporary, **{name: np.concatenate([part[of] for part in kept]) for name, of in BY_FRAME.items()},
            length=np.array([len(part["sign"]) for part in kept], np.int32),
            phrase=np.array([join_phrase(shot.phrase) for shot in shots]),
            person=np.array([shot.person.name for shot in shots]),
            aspect=np.array([shot.camera.width / shot.camera.height for shot in shots], np.float32))
    shutil.rmtree(PARTS)
    print(f"{shown(TARGET)}: {len(shots)} ieraksti, {TARGET.stat().st_size / 1e6:.1f} MB")


def choose(listed: list[list[str]], signs: list[str], rng: np.random.Generator) -> list[list[str]]:
    """120 phrases, two thirds from the list and the rest at random, in which every sign occurs at least 12 times."""
    words = [phrase for phrase in listed if 3 <= len(phrase) <= 9]
    strings = draw_phrases(2000, [], signs, rng)
    chosen: list[list[str]] = []
    counts = dict.fromkeys(signs, 0)

    while len(chosen) < PHRASES:
        chosen.append(take_rarest(words if len(chosen) < PHRASES * 2 // 3 else strings, counts, LEAST + 2))
    assert min(counts.values()) >= LEAST, counts
    return [chosen[place] for place in rng.permutation(len(chosen))]


if __name__ == "__main__":
    in_a_sentence(main)
