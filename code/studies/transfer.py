"""Does transfer learning help? Trainings on 16 to 254 phrases: from scratch, from a published base, from ours.

    python3 code/run.py transfer -p LANDMARKS_FOLDER DIR -p TABLE FILE -p CHAR_MAP FILE [-p PUBLISHED_BASE FILE]
                                 [-p PLACE_COLUMN location] [-p PROCESSES 2] [-p ISOLATED FILE]
                                 (two to three hours; writes models/asl/transfer_study.json and .png)

Every training has the same number of steps for its size and is read once, at its end: nothing is chosen on what judges
it. "phrase": a fifth of the phrases is kept aside; "place": training in one place, reading in the other. Each training
is written down when it ends, so that a stopped study goes on. ONLY: some of the starts, with commas between. ISOLATED:
an .npz of single signs, read two-fold instead.
"""

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from ground.backend import keras, tf
from ground.errors import in_a_sentence
from ground.files import ROOT, from_root
from ground.signs import load_char_map
from ground.table import read_table
from results.figures import save, transfer_curves
from signer.alphabet import load_alphabet
from signer.corpus import fresh_practice
from studies.measure import isolated
from studies.options import options
from utils.augmentation import Augmentation
from utils.base import OWN_BASE, load_base
from utils.batches import training_batches
from utils.evaluation import evaluate, proportion_interval
from utils.network import set_trainable, stride_of
from utils.reading import Reader
from utils.recordings import Recording, find_recordings
from utils.split import split_recordings
from utils.training import compile_network, long_enough, new_network

SETTINGS = {"LANDMARKS_FOLDER": "data/processed_landmarks/training_landmarks", "TABLE": "", "CHAR_MAP": "char_map.json",
            "PUBLISHED_BASE": "", "ONLY": "", "PLACE_COLUMN": "location", "PROCESSES": "2", "ISOLATED": "",
            "RESULTS": "models/asl/transfer_study.json", "FIGURE": "models/asl/transfer_study.png",
            "PART": ""}  # which of the processes this is; the study starts them with it
SIZES = (16, 32, 64, 128, 254)
SEEDS = (1, 2, 3)
#: Name of a start -> architecture, base, whether generated phrases of the letters are mixed in.
STARTS = {"scratch": ("conv", None, False), "scratch + generated": ("conv", None, True),
          "published": ("bilstm", "PUBLISHED_BASE", False), "ours": ("conv", OWN_BASE, False),
          "ours + generated": ("conv", OWN_BASE, True)}
STEPS = 60  # times the square root of the size: 240 steps for 16 phrases, 956 for 254
SHARES = {"head": 0.05, "upper": 0.15, "all": 0.8}  # of the steps, as in train_42
BATCH_SIZE, DROPOUT = 8, 0.2
RATES = {"conv": 3e-3, "bilstm": 5e-3}
GENERATED = 0.5  # generated recordings for each real one
ISOLATED_STEPS, ISOLATED_BATCH = 2000, 16


@dataclasses.dataclass(frozen=True)
class Trial:
    """One training of the study."""

    split: str  # "phrase" or "place"
    start: str
    size: int
    seed: int


def main() -> None:
    settings = options(__doc__, SETTINGS)
    results = from_root(settings["RESULTS"])
    if settings["PART"]:
        run_part(settings, int(settings["PART"]), results)
        return
    if settings["ISOLATED"]:
        for fold, (right, count) in enumerate(isolated_folds(from_root(settings["ISOLATED"]))):
            low, high = proportion_interval(right / count, count)
            print(f"Atsevišķas zīmes, mācīts vienā vietā ({fold}), lasīts otrā: {right} no {count} pareizi, "
                  f"{right / count:.4f} ({low:.3f}–{high:.3f})")
        return
    parts = [settings | {"PART": str(number)} for number in range(int(settings["PROCESSES"]))]
    workers = [subprocess.Popen([sys.executable, "-m", "studies.transfer",
                                 *(word for pair in part.items() for word in ("-p", *pair))]) for part in parts]
    if any([worker.wait() for worker in workers]):
        sys.exit("Kāds no procesiem apstājās; palaidiet vēlreiz, pabeigtais nepazudīs.")
    rows = read_rows(results)
    results.write_text(json.dumps(rows, indent=0) + "\n", encoding="utf-8")
    for path in unfinished(results):
        path.unlink()
    print(table(rows).to_string())
    save(transfer_curves(rows), from_root(settings["FIGURE"]))


def run_part(settings: dict, part: int, results: Path) -> None:
    """Every PROCESSES-th trial, those already in RESULTS left out."""
    tf.get_logger().setLevel("ERROR")  # every trial compiles a network of its own: no retracing to be warned of
    char_map = load_char_map(from_root(settings["CHAR_MAP"]))
    arrays = from_root(settings["LANDMARKS_FOLDER"])
    table = read_table(from_root(settings["TABLE"]) if settings["TABLE"] else arrays / "landmarks.csv")
    recordings, _ = find_recordings(arrays, char_map, table)
    done = {tuple(row[key] for key in ("split", "start", "size", "seed")) for row in read_rows(results)}
    for trial in trials(settings)[part::int(settings["PROCESSES"])]:
        if dataclasses.astuple(trial) in done:
            continue
        row = run_trial(trial, settings, recordings, table, char_map)
        with part_of(results, part).open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
        print(f"{trial.split}, {trial.start}, {trial.size} frāzes, SEED {trial.seed}: WER {row['wer']:.4f}", flush=True)


def trials(settings: dict) -> list[Trial]:
    """All trainings, seed by seed: a study that is stopped has whole seeds."""
    wanted = settings["ONLY"].split(",") if settings["ONLY"] else list(STARTS)
    starts = [name for name in wanted if name != "published" or settings["PUBLISHED_BASE"]]
    return [Trial(split, start, size, seed) for seed in SEEDS for size in SIZES for split in ("phrase", "place")
            for start in starts]


def run_trial(trial: Trial, settings: dict, recordings: list[Recording], table: pd.DataFrame,
              char_map: dict[str, int]) -> dict:
    """Trains once and reads the judging side once."""
    architecture, base, generated = STARTS[trial.start]
    base = load_base(settings[base] if base == "PUBLISHED_BASE" else base)
    if trial.split == "phrase":
        split = split_recordings(recordings, table, "phrase", 0.2, trial.seed)
        known, judged = split.training, split.validation
    else:
        places = {name: table.loc[name, settings["PLACE_COLUMN"]] for name in (r.row for r in recordings)}
        first = min(places.values())
        known = [r for r in recordings if places[r.row] == first]
        judged = [r for r in recordings if places[r.row] != first]
    order = np.random.default_rng(trial.seed).permutation(len(known))
    chosen = [known[i] for i in order[:trial.size]]
    network = new_network(architecture, char_map, base, chosen, trial.seed, DROPOUT)
    renew = None
    if generated:
        letters = load_alphabet(ROOT / "code/alphabets/lzv.json")
        shared = {sign: index for sign, index in char_map.items() if sign in letters.signs}
        renew = fresh_practice(letters, [], shared, {r.phrase for r in judged})
        empty = Recording("generated", [next(iter(shared))], chosen[0].hands, generated=True)
        chosen = chosen + [empty] * round(GENERATED * len(chosen))
    fit(network, chosen, char_map, trial.seed, base is None, round(STEPS * trial.size ** 0.5), renew)
    figures = evaluate(Reader(network, judged, char_map).read()[0])
    keras.backend.clear_session()
    return dataclasses.asdict(trial) | {"phrases": len(order[:trial.size])} | figures


def fit(network: keras.Model, recordings: list[Recording], char_map: dict[str, int], seed: int, from_scratch: bool,
        steps: int, renew=None, batch_size: int = BATCH_SIZE) -> None:
    """Trains in the three phases of train_42, without looking at any recording that judges."""
    recordings = long_enough({"training": recordings}, stride_of(network))[0]["training"]
    for phase, (which, share) in enumerate(SHARES.items(), 1):
        set_trainable(network, "all" if from_scratch else which)
        phase_steps = max(round(steps * share), 1)
        compile_network(network, RATES[network.name], phase_steps)
        batches = training_batches(recordings, char_map, batch_size, Augmentation(), seed + phase, stride_of(network),
                                   renew)
        network.fit(batches, epochs=1, steps_per_epoch=phase_steps, verbose=0, shuffle=False)


def isolated_folds(path: Path) -> list[tuple[int, int]]:
    """Single signs from our base: trained in one place, read in the other, both ways; (exactly right, read)."""
    with np.load(path) as file:
        signs, places = sorted({str(sign) for sign in file["sign"]}), file["location"]
    char_map = {sign: index for index, sign in enumerate(signs)}
    recordings, results = isolated(path, tuple(signs)), []
    for place in sorted(set(places.tolist())):
        known = [recording for recording, where in zip(recordings, places) if where == place]
        judged = [recording for recording, where in zip(recordings, places) if where != place]
        network = new_network("conv", char_map, load_base(OWN_BASE), known, 1, DROPOUT)
        fit(network, known, char_map, 1, False, ISOLATED_STEPS, None, ISOLATED_BATCH)
        readings = Reader(network, judged, char_map).read()[0]
        results.append((sum(r.signs == r.recording.signs for r in readings), len(readings)))
    return results


def table(rows: list[dict]) -> pd.DataFrame:
    """Mean WER of the seeds, with the least and the greatest, by split and start (rows) and size (columns)."""
    frame = pd.DataFrame(rows)
    cells = frame.groupby(["split", "start", "size"])["wer"].agg(
        lambda wers: f"{wers.mean():.3f} ({wers.min():.3f}–{wers.max():.3f})")
    return cells.unstack("size")


def part_of(results: Path, part: int) -> Path:
    """Where one process writes while the study runs."""
    results.parent.mkdir(parents=True, exist_ok=True)
    return results.with_name(f".unfinished_{results.stem}_{part}.jsonl")


def read_rows(results: Path) -> list[dict]:
    """The trainings that have ended: those of earlier studies in RESULTS, then those that the processes wrote."""
    rows = json.loads(results.read_text(encoding="utf-8")) if results.exists() else []
    for path in unfinished(results):
        rows += [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return rows


def unfinished(results: Path) -> list[Path]:
    """The files of a study that runs or was stopped."""
    return sorted(results.parent.glob(part_of(results, 0).name.replace("_0.", "_*.")))


if __name__ == "__main__":
    in_a_sentence(main)
