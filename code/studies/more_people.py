"""What does each more person bring to the ASL base? Short trainings on the letters of 0 to 12 people, read on others.

    python3 code/run.py more_people -p ASL_LETTERS DIR [-p PROCESSES 2]
                                 (about 40 minutes; writes models/asl/people_study.json and .png)

One person at a time is held out: neither trained on nor chosen by. A network that has practised on the virtual signer
alone goes on with the letters of so many of the others, drawn at random, for the same number of steps, and then reads
the person held out. People count who show most of the letters. Each training is written down when it ends, so that a
stopped study goes on.
"""

from pathlib import Path

import numpy as np

from asl.base import BATCH_SIZE, DROPOUT, AslPractice, kaggle_char_map, plain
from asl.joined import Letters
from asl.letters import LetterClip, read_letters
from ground.backend import keras, tf
from ground.errors import DataError, in_a_sentence
from ground.files import ROOT, from_root, written_whole
from ground.landmarks import HAND_JOINTS
from ground.options import needed_folder, options
from results.figures import people_curve, save
from signer.alphabet import load_alphabet
from signer.noise import load_noise
from signer.phrases import read_phrases
from studies.parts import ended, in_processes, write_down
from utils.batches import training_batches
from utils.model_file import load_model
from utils.network import build_network, stride_of
from utils.reading import Reader
from utils.recordings import Recording
from utils.training import compile_network

SETTINGS = {"ASL_LETTERS": "", "PROCESSES": "2", "RESULTS": "models/asl/people_study.json",
            "FIGURE": "models/asl/people_study.png", "PART": ""}
COUNTS = (1, 3, 6, 12)
HELD_OUT = ("clement", "creepyvampire", "traduttore/danial", "neria", "yashwanth")  # people are named by their sets
ENOUGH_LETTERS = 20
ALONE_STEPS, MORE_STEPS = 2000, 500  # on the virtual signer alone, and with people's letters after that
ALONE_RATE, MORE_RATE = 3e-3, 2e-3
SLOTS = 2000
JUDGED = 300  # of the held-out person's recordings, at most
ALPHABETS = ROOT / "code" / "alphabets"


def main() -> None:
    settings = options(SETTINGS)
    results = from_root(settings["RESULTS"])
    clips = read_letters(needed_folder(settings, "ASL_LETTERS"))
    if settings["PART"]:
        run_part(clips, results, int(settings["PART"]), int(settings["PROCESSES"]))
        return
    if not start_of(results).exists():
        with written_whole(start_of(results)) as temporary:
            train(None, ALONE_STEPS, ALONE_RATE).save(temporary)
    rows = in_processes("studies.more_people", settings, results)
    start_of(results).unlink(missing_ok=True)
    save(people_curve(rows), from_root(settings["FIGURE"]))


def run_part(clips: list[LetterClip], results: Path, part: int, parts: int) -> None:
    """Every so many-th training, those already written down left out."""
    tf.get_logger().setLevel("ERROR")
    done = {(row["held_out"], row["people"]) for row in ended(results)}
    trials = [(name, count) for count in (0, *COUNTS) for name in HELD_OUT]
    for held_out, count in trials[part::parts]:
        if (held_out, count) in done:
            continue
        row = {"held_out": held_out, **trial(clips, held_out, count, start_of(results))}
        write_down(row, results, part)
        print(f"{held_out}, {count} cilvēki: tieši {row['exact']:.3f}, starp nolasītajiem {row['contained']:.3f}",
              flush=True)


def trial(clips: list[LetterClip], held_out: str, count: int, start: Path) -> dict:
    """Trains with so many people's letters and reads the one held out: the shares of recordings in which the letter and
    nothing else was read, and in which it is among what was read."""
    others = able_people([clip for clip in clips if not clip.person.startswith(held_out)])
    chosen = np.random.default_rng(HELD_OUT.index(held_out)).permutation(others)[:count]
    network = load_model(start)
    if count:
        letters = Letters([clip for clip in clips if clip.person in chosen], load_noise())
        network = train(letters, MORE_STEPS, MORE_RATE, network)
    judged = [as_recording(clip) for clip in clips if clip.person.startswith(held_out) and clip.letter.isalpha()]
    if not judged:
        raise DataError(held_out, "tādas kopas mapē nav", "Pārbaudiet ASL_LETTERS")
    judged = judged[::-(-len(judged) // JUDGED)]
    readings = Reader(network, judged, kaggle_char_map()).read()[0]
    keras.backend.clear_session()
    return {"people": len(chosen), "recordings": len(readings), "people_names": sorted(map(str, chosen)),
            "exact": float(np.mean([reading.signs == reading.recording.signs for reading in readings])),
            "contained": float(np.mean([reading.recording.signs[0] in reading.signs for reading in readings]))}


def able_people(clips: list[LetterClip]) -> list[str]:
    """Those who show most of the letters."""
    shown: dict[str, set[str]] = {}
    for clip in clips:
        shown.setdefault(clip.person, set()).add(clip.letter)
    return sorted(person for person, letters in shown.items()
                  if sum(letter.isalpha() for letter in letters) >= ENOUGH_LETTERS)


def as_recording(clip: LetterClip) -> Recording:
    """A clip as a network reads it; a single frame is held for a third of a second."""
    hand = clip.hand if len(clip.hand) > 1 else np.repeat(clip.hand, 10, axis=0)
    hands = np.zeros((len(hand), 2 * HAND_JOINTS, 3), np.float32)
    hands[:, HAND_JOINTS:] = hand
    return Recording(clip.letter, [clip.letter], hands, 1.0, clip.person)


def train(letters: Letters | None, steps: int, rate: float, network: keras.Model | None = None) -> keras.Model:
    """So many steps on practice, from a network or from scratch."""
    keras.utils.set_random_seed(1)
    char_map = kaggle_char_map()
    listed = read_phrases(ALPHABETS / "phrases_lzv.txt", load_alphabet(ALPHABETS / "lzv.json"))
    practice = AslPractice(char_map, load_alphabet(ALPHABETS / "asl.json"), [plain(phrase) for phrase in listed],
                           letters, load_noise())
    network = network or build_network("conv", len(char_map), DROPOUT)
    compile_network(network, rate, steps)
    slots = [practice.draw(np.random.default_rng(0))] * SLOTS
    batches = training_batches(slots, char_map, BATCH_SIZE, None, 1, stride_of(network),
                               lambda recording, rng: practice.draw(rng))
    network.fit(batches, epochs=1, steps_per_epoch=steps, verbose=0, shuffle=False)
    return keras.Model(network.inputs, network.outputs, name=network.name)


def start_of(results: Path) -> Path:
    """The network that has practised on the virtual signer alone, while the study runs."""
    return results.with_name(f".unfinished_{results.stem}.keras")


if __name__ == "__main__":
    in_a_sentence(main)
