"""The ASL base: a network that reads American fingerspelling, from whose encoder a training for LZV starts.

It learns from generated ASL, from real single letters joined into words, and from a user's own ASL recordings, in
whatever mixture there is. Its classes are the 59 characters of Kaggle's ASL Fingerspelling competition (2023) in their
order, so that it can stand where a base trained on that corpus would; the CTC blank is the last, 60th class.
"""

import dataclasses
import shutil
import unicodedata
from pathlib import Path

import numpy as np

from asl.card import NO_RECORDS, OWN_VALIDATION, write_card
from asl.joined import Letters
from asl.letters import credits, read_letters
from ground.backend import keras
from ground.counted import counted
from ground.environment import versions
from ground.files import from_root, read_json, shown, write_json
from ground.settings import check_settings
from ground.signs import char_map_hash
from results.figures import losses_and_wer, save
from results.take_along import save_lite
from signer.alphabet import Alphabet, load_alphabet
from signer.corpus import as_recording, learnable
from signer.noise import Noise, load_noise
from signer.phrases import read_phrases
from signer.practice import practise_nothing
from utils.augmentation import Augmentation
from utils.base import ASL_CHAR_MAP, BASE_NUMBER, OWN_BASE, load_base, transfer
from utils.dataset import load_dataset
from utils.devices import on_all_devices
from utils.evaluation import assess
from utils.experiment import UNFINISHED, Experiment, finish_experiment, write_data
from utils.network import build_network
from utils.reading import Reader
from utils.recordings import Recording
from utils.records import Shards
from utils.resuming import take_up
from utils.training import PhaseSettings, Printed, Training, save_prediction_model, train_phase

KAGGLE_CHARACTERS = " !#$%&'()*+,-./0123456789:;=?@[_abcdefghijklmnopqrstuvwxyz~"
#: Of the practice, so much is real letters joined, where there are any.
REAL_SHARE = 0.6
#: Shares of the practice: single letters, strings of letters at random, numbers; the rest are words of the list. Digits
#: are practised only as numbers: 0 is made like o, 1 nearly like d, 2 like v, 6 nearly like w, 9 like f, and 5 like a
#: hand that opens; only the company of other digits tells them.
ALONE, AT_RANDOM, NUMBERS = 0.3, 0.34, 0.06
SOMEBODYS = 0.15  # of the joined letters, so much is drawn from what one person shows, who may show but a few
AUGMENTATION = Augmentation(drop_hand=0.2)  # ASL spells with one hand
NOTHING = 0.12  # of the generated practice, so much shows no sign
RECORDINGS_AN_EPOCH = 2000
BATCH_SIZE, LEARNING_RATE, LEARNING_RATE_MORE, DROPOUT = 32, 3e-3, 1.5e-3, 0.1
MORE = "more"
JUDGED = 150  # generated recordings, and as many of joined letters, by which the epoch is chosen
VALIDATION_SEED = 99
INTERRUPTED = ("Jaunā bāze vēl nav gatava. Palaidiet šūnu vēlreiz, un apmācība turpināsies no pēdējās pabeigtās "
               "epohas")


class BaseFolder(Experiment):
    """`models/asl/42` while it is being made: an experiment with the published names."""

    def checkpoint(self, phase: int) -> Path:
        return self.folder / OWN_BASE.name

    @property
    def prediction_model(self) -> Path:
        return self.folder / "cslr_prediction_model_final_42.keras"

    @property
    def lite_model(self) -> Path:
        return self.folder / "cslr_model_42.tflite"

    @property
    def data(self) -> Path:
        return self.folder / "clsr_data_42.json"

    @property
    def plot(self) -> Path:
        return self.folder / "cslr_plot_42.png"


@dataclasses.dataclass
class AslPractice:
    """Where the base's practice comes from: `draw` makes a new recording each time."""

    char_map: dict[str, int]
    alphabet: Alphabet
    words: list[list[str]]
    letters: Letters | None
    noise: Noise

    def draw(self, rng: np.random.Generator, real: bool | None = None) -> Recording:
        """A recording of a phrase drawn at random: joined real letters or generated, one of them when asked for."""
        if self.letters and (rng.random() < REAL_SHARE if real is None else real):
            while True:
                shown = self.letters.of_somebody(rng) if rng.random() < SOMEBODYS else self.letters.signs
                if recording := self.letters.sign(self._phrase(rng, shown), rng):
                    return recording
        if real is None and rng.random() < NOTHING:
            return as_recording(practise_nothing(self.noise, rng))
        return as_recording(learnable(self._phrase(rng, self.alphabet.signs), self.alphabet, self.noise, rng))

    def _phrase(self, rng: np.random.Generator, signs) -> list[str]:
        kind = rng.random()
        letters = [sign for sign in sorted(signs) if sign.isalpha()]
        digits = [sign for sign in sorted(signs) if sign.isdigit()]
        if not letters and not digits:
            return [str(rng.choice(sorted(signs)))]
        if digits and (kind < NUMBERS or not letters):
            return [str(sign) for sign in rng.choice(digits, rng.integers(3, 8))]
        if kind < NUMBERS + ALONE:
            return [str(rng.choice(letters))]
        if kind < NUMBERS + ALONE + AT_RANDOM:
            phrase = [str(sign) for sign in rng.choice(letters, rng.integers(2, 8))]
            twice = int(rng.integers(len(phrase)))
            return phrase[:twice] + [phrase[twice]] * int(rng.integers(1, 3)) + phrase[twice + 1:]
        word = self.words[rng.integers(len(self.words))]
        return [sign for sign in word if sign in signs] or [str(rng.choice(letters))]


def kaggle_char_map() -> dict[str, int]:
    """Kaggle's characters and their numbers."""
    return {character: index for index, character in enumerate(KAGGLE_CHARACTERS)}


def base_wanted(setting: str | bool) -> bool:
    """Whether to train a base: True, "more" (the one that is there, for longer), False, or "auto": only where the
    repository has none."""
    check_settings({"TRAIN_BASE": setting})
    return setting in (True, MORE) or (setting == "auto" and not from_root(OWN_BASE).exists())


def asl_practice(alphabet_path: Path, phrases_path: Path, lzv_alphabet_path: Path, letters: str | None) -> AslPractice:
    """The practice that the notebook's settings describe; `letters` is a folder of letter sets, or None."""
    alphabet = load_alphabet(alphabet_path)
    listed = read_phrases(phrases_path, load_alphabet(lzv_alphabet_path))
    noise = load_noise()
    return AslPractice(kaggle_char_map(), alphabet, [plain(phrase) for phrase in listed],
                    Letters(read_letters(from_root(letters)), noise, alphabet=alphabet) if letters else None, noise)


def train_base(practice: AslPractice, architecture: str, epochs: int, seed: int, records: str | None = None,
               followed: Printed | None = None, more: bool = False) -> None:
    """Trains a base into models/asl/42; `followed` shows it on its way. `more`: from the base that is there, slower.

    `records`: a folder with a user's own ASL records (preprocess_landmarks with models/asl/42/char_map_asl.json).
    A stopped training goes on where it was, whatever stopped it; the old base stays until the new one is whole.
    """
    rng = np.random.default_rng(VALIDATION_SEED)
    info, sides = _own_records(records, practice.char_map)
    validation = sides.get("validation") or _judged(practice, rng)
    slots = [practice.draw(rng) for _ in range(RECORDINGS_AN_EPOCH)]
    own = sides.get("training", [])
    slots = dataclasses.replace(own, beside=tuple(slots)) if isinstance(own, Shards) else slots + own
    experiment = _folder(practice.char_map)
    keras.utils.set_random_seed(seed)
    network = on_all_devices(lambda: build_network(architecture, len(practice.char_map), DROPOUT))
    start, earlier = (load_base(str(OWN_BASE)), _epochs_so_far()) if more else (None, [])
    if start:
        transfer(dataclasses.replace(start, char_map=practice.char_map), network, practice.char_map)  # its head too
    training = Training(network, slots, validation, practice.char_map, BATCH_SIZE, AUGMENTATION, seed,
                        from_scratch=True, models=experiment.folder.parent,
                        renew=lambda recording, rng: practice.draw(rng), experiment=experiment,
                        base=start.fingerprint if start else "",
                        shown=followed or Printed())
    if experiment.account.exists():
        print(take_up(training, experiment))
    try:
        rate = LEARNING_RATE_MORE if start else LEARNING_RATE
        train_phase(training, 3, PhaseSettings(epochs, rate, patience=epochs))
    except KeyboardInterrupt:
        raise KeyboardInterrupt(INTERRUPTED) from None
    save_lite(save_prediction_model(training), validation, practice.char_map, experiment.lite_model)
    result = assess(Reader(network, validation, practice.char_map).read()[0])
    content = _described(practice, info, training, earlier, result)
    results = content["results"]
    save(losses_and_wer(results["epoch_metrics"], results["best_epoch"], "ASL bāze"), experiment.plot)
    write_card(experiment.folder / "model_card.md", content)
    write_data(experiment, content)  # all that may fail comes before the old base leaves its place
    final = from_root(OWN_BASE).parent
    if final.exists():
        previous = final.with_name(f"{final.name}_previous")
        shutil.rmtree(previous, ignore_errors=True)
        final.rename(previous)
        print(f"Līdzšinējā bāze ir mapē {shown(previous)}.")
    finish_experiment(experiment, content)


def base_sentence() -> str:
    """What the repository's base was trained on, and how well it reads its validation (Latvian)."""
    if not from_root(OWN_BASE).exists():
        return "ASL bāzes nav: apmācība sāksies no nulles. Lai to izveidotu, iestatiet TRAIN_BASE = True."
    content = read_json(BaseFolder(BASE_NUMBER, from_root(OWN_BASE).parent).data)
    sets, figures = content["trained_on"]["letters"], content["results"]["validation"]
    letters = f"uz īstiem burtiem, savienotiem vārdos ({', '.join(sets)})" if sets else "bez īstiem burtiem"
    own = "" if content["trained_on"]["own"] == NO_RECORDS else ", un uz lietotāja ierakstiem"
    return (f"ASL bāze: {shown(from_root(OWN_BASE))}. Mācīta uz virtuālā rādītāja "
            f"ASL un {letters}{own} (epohas: {content['model_architecture']['epochs']}). Validācijas WER "
            f"{figures['wer']:.3f} (epoha izvēlēta pēc {counted(figures['sequences'], 'ieraksta', 'ierakstiem')}).")


def plain(phrase: list[str]) -> list[str]:
    """The signs of a phrase without Latvian marks, each a character of ASL."""
    text = unicodedata.normalize("NFD", "".join(phrase))
    return [character for character in text if not unicodedata.combining(character)]


def _judged(practice: AslPractice, rng: np.random.Generator) -> list[Recording]:
    kinds = [False] * JUDGED + ([True] * JUDGED if practice.letters else [])
    drawn = [practice.draw(rng, real) for real in kinds]
    return [dataclasses.replace(recording, name=f"{recording.name}_{number:04}")
            for number, recording in enumerate(drawn, 1)]


def _own_records(folder: str | None, char_map: dict[str, int]) -> tuple[dict, dict[str, list[Recording]]]:
    return load_dataset(from_root(folder), from_root(folder) / "dataset_info.json", char_map) if folder else ({}, {})


def _folder(char_map: dict[str, int]) -> BaseFolder:
    folder = from_root(OWN_BASE).parent.with_name(f"{BASE_NUMBER}{UNFINISHED}")
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / ASL_CHAR_MAP, char_map)
    return BaseFolder(BASE_NUMBER, folder)


def _epochs_so_far() -> list[dict]:
    """The epochs of the base that is there, where it says them."""
    data = BaseFolder(BASE_NUMBER, from_root(OWN_BASE).parent).data
    return read_json(data)["results"]["epoch_metrics"] if data.exists() else []


def _numbered_after(earlier: list[dict], epochs: list[dict]) -> list[dict]:
    """The epochs of this training as those of the next phase: a base that is trained for longer has one phase more."""
    phase = earlier[-1]["phase"] + 1 if earlier else 1
    return [row | {"phase": phase, "epoch": len(earlier) + row["epoch"]} for row in epochs]


def _described(practice: AslPractice, info: dict, training: Training, earlier: list[dict],
               result: dict) -> dict:
    run = earlier + _numbered_after(earlier, training.epochs)
    sets = credits(practice.letters.people if practice.letters else [])
    network = training.network
    return {
        "experiment_type": "ASL fingerspelling base, 42 hand landmarks, CTC",
        "char_map_hash": char_map_hash(practice.char_map), "char_map": ASL_CHAR_MAP,
        "trained_on": {
            "generated": f"the virtual signer's ASL (code/alphabets/{practice.alphabet.name}.json), new in every epoch",
            "joined": f"real single letters joined into words, {REAL_SHARE:.0%} of the practice" if sets else
                      "no real letters",
            "own": f"own records: {info['dataset_name']}" if info else NO_RECORDS,
            "letters": sets,
            "recordings_an_epoch": len(training.recordings),
            "went_on_from": training.base or None,  # the base that it started from; its epochs come first
            "validation": OWN_VALIDATION if info.get("record_files", {}).get("validation") else
                          "generated and joined from the same people's letters; the epoch was chosen on it",
        },
        "model_architecture": {"name": network.name, "params_total": network.count_params(), "dropout": DROPOUT,
                               "batch_size": training.batch_size, "seed": training.seed,
                               "epochs": len(run), "learning_rate": training.settings_run["LR_PHASE_3"]},
        "results": {"best_epoch": len(earlier) + training.best_epoch, "validation": result["figures"],
                    "wer_by_sign": result["by_sign"], "epoch_metrics": run},
        "software": versions(),
    }
