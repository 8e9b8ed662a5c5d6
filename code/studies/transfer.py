"""What should a training with few recordings start from? From scratch, from the ASL base, or from the finished example.

    python3 code/run.py transfer -p LANDMARKS_FOLDER DIR -p TABLE FILE -p CHAR_MAP FILE [-p PLACE_COLUMN location]
                                 [-p PROCESSES 2] [-p RESULTS FILE] [-p FIGURE FILE]
    python3 code/run.py transfer -p ISOLATED FILE
                                 (an hour or two; writes models/asl/start_study.json and .png)

Trainings on 4 to 212 phrases filmed in one place, read in the other, once, at their end: nothing is chosen on what
judges them. Every training of a size has the same number of steps. "letters": phrases of the signs that the example
knows; "all": phrases of all signs, of which the example knows a few. "all, letters": trained on all phrases, judged by
those of the letters. Each training is written down when it ends, so that a stopped study goes on. ISOLATED: an .npz of
single signs (its fields: `measure.isolated`), read two-fold instead.
"""

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd

from ground.backend import keras, tf
from ground.errors import DataError, in_a_sentence
from ground.files import ROOT, from_root, shown
from ground.options import needed_file, options
from ground.signs import load_char_map
from ground.table import TABLE_NAME, read_table
from results.figures import save, transfer_curves
from signer.alphabet import load_alphabet
from studies.measure import isolated
from studies.parts import ended, in_processes, write_down
from utils.augmentation import Augmentation
from utils.base import EXAMPLE, OWN_BASE, chosen_base, load_base, new_network
from utils.batches import training_batches
from utils.evaluation import evaluate, proportion_interval
from utils.network import set_trainable, stride_of
from utils.reading import Reader
from utils.recordings import Recording, find_recordings
from utils.training import compile_network, long_enough

SETTINGS = {"LANDMARKS_FOLDER": "data/processed_landmarks/training_landmarks", "TABLE": "", "CHAR_MAP": "char_map.json",
            "PLACE_COLUMN": "location", "PROCESSES": "2", "ISOLATED": "",
            "RESULTS": "models/asl/start_study.json", "FIGURE": "models/asl/start_study.png",
            "PART": ""}  # which of the processes this is; the study starts them with it
#: What is learnt and judged -> how many phrases.
SIZES = {"letters": (4, 8, 20, 62), "all": (16, 64, 212), "all, letters": (212,)}
SEEDS = (1, 2)
#: Name of a start -> base; the example is the repository's finished experiment.
STARTS = {"scratch": None, "asl": OWN_BASE, "example": EXAMPLE}
STEPS = 60  # times the square root of the size: 120 steps for 4 phrases, 874 for 212
SHARES = {"head": 0.05, "upper": 0.15, "all": 0.8}  # of the steps, as in train_42
BATCH_SIZE, DROPOUT, RATE = 8, 0.2, 3e-3
ISOLATED_STEPS, ISOLATED_BATCH = 2000, 16


@dataclasses.dataclass(frozen=True)
class Trial:
    """One training of the study."""

    learnt: str  # "letters", "all" or "all, letters"
    start: str
    size: int
    seed: int


def main() -> None:
    settings = options(SETTINGS)
    results = from_root(settings["RESULTS"])
    if settings["PART"]:
        run_part(settings, int(settings["PART"]), results)
        return
    if settings["ISOLATED"]:
        for fold, (right, count) in enumerate(isolated_folds(needed_file(settings, "ISOLATED"))):
            low, high = proportion_interval(right / count, count)
            print(f"Atsevišķas zīmes, mācīts vienā vietā ({fold}), lasīts otrā: {right} no {count} pareizi, "
                  f"{right / count:.4f} ({low:.3f}–{high:.3f})")
        return
    if settings["PLACE_COLUMN"] not in read_table(table_of(settings)).columns:
        raise DataError(shown(table_of(settings)), f"nav kolonnas «{settings['PLACE_COLUMN']}», kurā būtu vietas",
                        "Norādiet citu: -p PLACE_COLUMN kolonna")
    rows = in_processes("studies.transfer", settings, results)
    print(table(rows).to_string())
    save(transfer_curves(rows), from_root(settings["FIGURE"]))


def run_part(settings: dict, part: int, results: Path) -> None:
    """Every PROCESSES-th trial, those that have ended left out."""
    tf.get_logger().setLevel("ERROR")  # every trial compiles a network of its own: no retracing to be warned of
    char_map = load_char_map(from_root(settings["CHAR_MAP"]))
    table = read_table(table_of(settings))
    recordings, _ = find_recordings(from_root(settings["LANDMARKS_FOLDER"]), char_map, table)
    done = {tuple(row[key] for key in ("learnt", "start", "size", "seed")) for row in ended(results)}
    for trial in trials()[part::int(settings["PROCESSES"])]:
        if dataclasses.astuple(trial) in done:
            continue
        row = run_trial(trial, settings, recordings, table, char_map)
        write_down(row, results, part)
        print(f"{trial.learnt}, {trial.start}, {trial.size} frāzes, SEED {trial.seed}: WER {row['wer']:.4f}",
              flush=True)


def table_of(settings: dict) -> Path:
    """Where the table lies: beside the arrays, unless TABLE names another."""
    return from_root(settings["TABLE"] or Path(settings["LANDMARKS_FOLDER"]) / TABLE_NAME)


def trials() -> list[Trial]:
    """All trainings, seed by seed: a study that is stopped has whole seeds."""
    return [Trial(learnt, start, size, seed) for seed in SEEDS for learnt, sizes in SIZES.items() for size in sizes
            for start in STARTS]


def run_trial(trial: Trial, settings: dict, recordings: list[Recording], table: pd.DataFrame,
              char_map: dict[str, int]) -> dict:
    """Trains once in the first place and reads the other once."""
    base = load_base(STARTS[trial.start])
    letters = set(load_alphabet(ROOT / "code/alphabets/lzv.json").signs)
    spelled = [recording for recording in recordings if set(recording.signs) <= letters]
    places = {name: table.loc[name, settings["PLACE_COLUMN"]] for name in (r.row for r in recordings)}
    first = min(places.values())
    learnt, judged = _sides(trial.learnt, recordings, spelled)
    known = [recording for recording in learnt if places[recording.row] == first]
    judged = [recording for recording in judged if places[recording.row] != first]
    order = np.random.default_rng(trial.seed).permutation(len(known))
    chosen = [known[i] for i in order[:trial.size]]
    network = new_network("conv", char_map, base, chosen, trial.seed, DROPOUT)
    fit(network, chosen, char_map, trial.seed, base is None, round(STEPS * trial.size ** 0.5))
    figures = evaluate(Reader(network, judged, char_map).read()[0])
    keras.backend.clear_session()
    return dataclasses.asdict(trial) | {"phrases": len(chosen)} | figures


def _sides(learnt: str, all_signs: list, letters: list) -> tuple[list[Recording], list[Recording]]:
    """What is learnt from and what is judged."""
    return {"letters": (letters, letters), "all": (all_signs, all_signs), "all, letters": (all_signs, letters)}[learnt]


def fit(network: keras.Model, recordings: list[Recording], char_map: dict[str, int], seed: int, from_scratch: bool,
        steps: int, batch_size: int = BATCH_SIZE) -> None:
    """Trains in the three phases of train_42, without looking at any recording that judges."""
    recordings = long_enough({"training": recordings}, stride_of(network))[0]["training"]
    for phase, (which, share) in enumerate(SHARES.items(), 1):
        set_trainable(network, "all" if from_scratch else which)
        phase_steps = max(round(steps * share), 1)
        compile_network(network, RATE, phase_steps)
        batches = training_batches(recordings, char_map, batch_size, Augmentation(), seed + phase, stride_of(network))
        network.fit(batches, epochs=1, steps_per_epoch=phase_steps, verbose=0, shuffle=False)


def isolated_folds(path: Path) -> list[tuple[int, int]]:
    """Single signs from what BASE = "auto" takes: trained in one place, read in the other, both ways; (exactly right,
    read)."""
    with np.load(path) as file:
        signs, places = sorted({str(sign) for sign in file["sign"]}), file["location"]
    char_map = {sign: index for index, sign in enumerate(signs)}
    recordings, results = isolated(path, tuple(signs)), []
    base = load_base(chosen_base("auto", char_map, of_people=True)[0])
    for place in sorted(set(places.tolist())):
        known = [recording for recording, where in zip(recordings, places) if where == place]
        judged = [recording for recording, where in zip(recordings, places) if where != place]
        network = new_network("conv", char_map, base, known, 1, DROPOUT)
        fit(network, known, char_map, 1, False, ISOLATED_STEPS, ISOLATED_BATCH)
        readings = Reader(network, judged, char_map).read()[0]
        results.append((sum(r.signs == r.recording.signs for r in readings), len(readings)))
    return results


def table(rows: list[dict]) -> pd.DataFrame:
    """Mean WER of the seeds, with the least and the greatest, by what is learnt and start (rows) and size (columns)."""
    frame = pd.DataFrame(rows)
    cells = frame.groupby(["learnt", "start", "size"])["wer"].agg(
        lambda wers: f"{wers.mean():.3f} ({wers.min():.3f}–{wers.max():.3f})")
    return cells.unstack("size")


if __name__ == "__main__":
    in_a_sentence(main)
