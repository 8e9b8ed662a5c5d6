"""What recognising gives beside the text: when signs begin and end, how far confidences can be believed, what a list
of words helps and hurts. Measured on generated recordings, on which what there is to choose was chosen, and on the
rendered test set; the truth of both is known by frame.

    python3 code/run.py reading [-p MODEL FILE] [-p WORDS FILE]     (two minutes; writes nothing)
"""

import dataclasses
import itertools

import numpy as np

from ground.errors import in_a_sentence
from ground.files import ROOT, from_root
from ground.options import options
from ground.signs import join_phrase
from recognition.alignment import Sign
from recognition.recognise import Recognition, recognise
from recognition.sign_reader import SignReader, load_reader
from recognition.text import read_words, text_of
from results.reports import held_and_doubled_sentence
from signer.alphabet import load_alphabet
from signer.corpus import learnable
from signer.noise import load_noise
from signer.phrases import draw_phrase, phrase_weights, read_phrases
from signer.rendered_set import PEOPLE, RATES, read_test_file
from utils.evaluation import assess, matches
from utils.recordings import Reading, Recording

SETTINGS = {"MODEL": "models/lzv/1", "WORDS": "code/alphabets/phrases_lzv.txt"}
GENERATED, SEED = 300, 5
NEAR = 0.15  # seconds
BOUNDS = (0.0, 0.5, 0.7, 0.9, 0.99, 1.01)


@dataclasses.dataclass(frozen=True)
class Known:
    """A recording and, for each of its frames, which sign of the phrase is held (-1 between signs)."""

    signs: list[str]
    hands: np.ndarray
    aspect: float
    fps: float
    held: np.ndarray


def main() -> None:
    settings = options(SETTINGS)
    reader = load_reader(settings["MODEL"])
    for name, known in (("Ģenerēti", generated(reader)), ("Zīmēti video", rendered())):
        read = [recognise(one.hands, reader, fps=one.fps, aspect=one.aspect, words=settings["WORDS"]) for one in known]
        print(f"{name} ({len(known)} ieraksti): WER {wer(known, [signs_of(each) for each in read]):.3f}")
        print(" ", held_and_doubled_sentence([_reading(one, [sign.sign for sign in signs_of(each)])
                                              for one, each in zip(known, read)]))
        say_times(known, read)
        say_confidences(known, read)
        say_words(known, read, settings["WORDS"], reader)


def generated(reader: SignReader) -> list[Known]:
    """Practice recordings of the virtual signer, new ones each with a person and a camera of its own."""
    char_map = {sign: number for number, sign in enumerate(reader.signs)}
    alphabet, noise = load_alphabet(ROOT / "code/alphabets/lzv.json", char_map), load_noise()
    listed = read_phrases(ROOT / "code/alphabets/phrases_lzv.txt", alphabet)
    weights, rng, known = phrase_weights(listed, reader.signs), np.random.default_rng(SEED), []
    for _ in range(GENERATED):
        phrase = draw_phrase(listed, weights, reader.signs, rng)
        made = learnable(phrase, alphabet, noise, rng)
        known.append(Known(phrase, made.hands, made.camera.width / made.camera.height, made.camera.fps,
                           made.motion.sign))
    return known


def rendered() -> list[Known]:
    """The rendered test set."""
    content, known = read_test_file(ROOT / "data/rendered_test/lzv.npz"), []
    ends = np.cumsum(content["length"])
    for number, (end, length) in enumerate(zip(ends, content["length"])):
        part = slice(end - length, end)
        known.append(Known(str(content["phrase"][number]).split("-"), content["landmarks"][part].astype(np.float32),
                           float(content["aspect"][number]), RATES[number // PEOPLE % len(RATES)],
                           content["sign"][part]))
    return known


def signs_of(recognition: Recognition) -> list[Sign]:
    return [sign for line in recognition.lines for sign in line.signs]


def wer(known: list[Known], read: list[list[Sign]]) -> float:
    return assess([_reading(one, [sign.sign for sign in signs]) for one, signs in zip(known, read)])["figures"]["wer"]


def say_times(known: list[Known], read: list[Recognition]) -> None:
    """How many signs that were read rightly begin and end where they truly do."""
    off = []
    for one, recognition in zip(known, read):
        signs = signs_of(recognition)
        for truth, place in matches(_reading(one, [sign.sign for sign in signs])):
            frames = np.flatnonzero(one.held == truth)
            if len(frames):
                off.append((signs[place].start - frames[0] / one.fps, signs[place].end - (frames[-1] + 1) / one.fps))
    near = np.abs(off) <= NEAR
    print(f"  sākums un beigas ({len(off)} pareizi nolasītas zīmes) līdz {NEAR} s: {near[:, 0].mean():.3f} un "
          f"{near[:, 1].mean():.3f}; abi {near.all(axis=1).mean():.3f}")


def say_confidences(known: list[Known], read: list[Recognition]) -> None:
    """How often signs of like confidence are right."""
    pairs = []
    for one, recognition in zip(known, read):
        signs = signs_of(recognition)
        right = {place for _, place in matches(_reading(one, [sign.sign for sign in signs]))}
        pairs += [(sign.confidence, place in right) for place, sign in enumerate(signs)]
    values = np.array(pairs, float)
    for low, high in itertools.pairwise(BOUNDS):
        part = values[(values[:, 0] >= low) & (values[:, 0] < high)]
        if len(part):
            print(f"  ticamība {low:.2f}–{min(high, 1):.2f}: {len(part)} zīmes, vidēji {part[:, 0].mean():.2f}, "
                  f"pareizi {part[:, 1].mean():.2f}")


def say_words(known: list[Known], read: list[Recognition], path: str, reader: SignReader) -> None:
    """What the list's words would change: in phrases of its words, and in others."""
    words = read_words(from_root(path), reader.signs)
    for name, listed in (("saraksta vārdi", True), ("nejaušas virknes", False)):
        chosen = [(one, each) for one, each in zip(known, read)
                  if all(word in words for word in text_of(one.signs).lower().split()) == listed]
        before = [[sign.sign for sign in signs_of(each)] for _, each in chosen]
        after = [corrected(each, words) for _, each in chosen]
        right = [[signs == one.signs for (one, _), signs in zip(chosen, side)] for side in (before, after)]
        figures = [assess([_reading(one, signs) for (one, _), signs in zip(chosen, side)])["figures"]["wer"]
                   for side in (before, after)]
        print(f"  {name} ({len(chosen)}): ar sarakstu WER {figures[0]:.3f} → {figures[1]:.3f}; izlaboti "
              f"{sum(b and not a for a, b in zip(*right))}, sabojāti {sum(a and not b for a, b in zip(*right))}")


def corrected(recognition: Recognition, words: dict[str, list[str]]) -> list[str]:
    """The signs that were read, with the list's words in their places."""
    result = []
    for line, changes in zip(recognition.lines, recognition.corrections):
        signs = [sign.sign for sign in line.signs]
        for change in sorted(changes, key=lambda change: -change.start):
            signs[change.start:change.stop] = words[change.word]
        result += signs
    return result


def _reading(one: Known, signs: list[str]) -> Reading:
    return Reading(Recording(join_phrase(one.signs), one.signs, one.hands), signs, 0.0)


if __name__ == "__main__":
    in_a_sentence(main)
