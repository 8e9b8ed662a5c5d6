"""Experiments: numbered folders models/lzv/X, written under a temporary name and renamed when whole.

Until then a folder `state` in it holds what the training needs to go on after a stop.
"""

import dataclasses
import os
import shutil
from datetime import datetime, timezone
from pathlib import Path

from ground.environment import versions
from ground.errors import DataError
from ground.files import cannot_write, make_folder, read_json, shown, write_json
from utils.evaluation import paired_test

JUDGED = {"wer", "interval", "right", "sequences"}  # what an experiment is compared by
UNFINISHED = "_unfinished"
STATE, ACCOUNT = "state", "account.json"


@dataclasses.dataclass(frozen=True)
class Experiment:
    """A number and the folder in which its files are being written."""

    number: int
    folder: Path

    @property
    def finished(self) -> bool:
        return not self.folder.name.endswith(UNFINISHED)

    def checkpoint(self, phase: int) -> Path:
        return self.folder / f"lzv_model_phase{phase}_best_exp{self.number}.keras"

    @property
    def prediction_model(self) -> Path:
        return self.folder / f"lzv_prediction_model_final_exp{self.number}.keras"

    @property
    def lite_model(self) -> Path:
        return self.folder / f"lzv_model_exp{self.number}.tflite"

    @property
    def data(self) -> Path:
        return self.folder / f"lzv_exp_data_{self.number}.json"

    @property
    def plot(self) -> Path:
        return self.folder / f"lzv_plot_exp{self.number}.png"

    @property
    def account(self) -> Path:
        return self.folder / STATE / ACCOUNT

    def last_weights(self, epoch: int) -> Path:
        return self.folder / STATE / f"last_{epoch}.weights.h5"

    def best_network(self, epoch: int) -> Path:
        return self.folder / STATE / f"best_{epoch}.keras"


def start_experiment(models: Path, char_map: dict[str, int]) -> Experiment:
    """Takes the next number by creating `X_unfinished`: two runs never share one."""
    make_folder(models)
    number = max((_number(folder) for folder in models.iterdir()), default=0) + 1
    while True:
        folder = models / f"{number}{UNFINISHED}"
        try:
            os.mkdir(folder)
        except FileExistsError:
            number += 1
            continue
        except OSError as error:
            raise cannot_write(models, error) from error
        if (models / str(number)).exists():  # another run finished this number since we looked
            os.rmdir(folder)
            number += 1
            continue
        write_json(folder / "char_map.json", char_map)
        return Experiment(number, folder)


def stopped_experiment(models: Path) -> Experiment | None:
    """The newest training that was stopped and can go on; None without one."""
    folders = sorted(models.glob(f"*{UNFINISHED}/{STATE}/{ACCOUNT}"), key=lambda path: _number(path.parents[1]))
    return Experiment(_number(folders[-1].parents[1]), folders[-1].parents[1]) if folders else None


def finish_experiment(experiment: Experiment, content: dict) -> Experiment:
    """Writes the JSON, then gives the folder its number; returns the experiment in its final place.

    A second call writes the JSON anew in the place where the folder is. Raises DataError as `write_data`.
    """
    write_data(experiment, content)
    if experiment.finished:
        return experiment
    final = experiment.folder.with_name(str(experiment.number))
    experiment.folder.rename(final)
    shutil.rmtree(final / STATE, ignore_errors=True)
    return dataclasses.replace(experiment, folder=final)


def write_data(experiment: Experiment, content: dict) -> None:
    """Writes the JSON. Raises DataError when the prediction model or the plot is missing: a folder with a plain number
    is whole."""
    for path in (experiment.prediction_model, experiment.plot):
        if not path.exists():
            raise DataError(shown(path), "faila nav", "Palaidiet apmācības un saglabāšanas šūnas vēlreiz")
    write_json(experiment.data, {
        "experiment_index": experiment.number,
        "timestamp_completed_utc": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        **content,
        "saved_files": sorted({path.name for path in experiment.folder.iterdir() if path.is_file()}
                              | {experiment.data.name}),
    })


def describe(config: dict, info: dict, training, base, validation: dict, test: dict | None,
             rendered_test: dict | None = None) -> dict:
    """The experiment's JSON but for what finish_experiment adds; `training` and `base` are training.Training and
    base.Base (None from scratch), `validation`, `test` and `rendered_test` (the virtual signer's, through MediaPipe)
    are evaluation.assess's."""
    best = training.epochs[training.best_epoch - 1]
    network = training.network
    trained = sum(int(weight.shape.num_elements()) for weight in network.trainable_weights)
    return {
        "experiment_type": f"{info['dataset_name']} fingerspelling, {'transfer learning' if base else 'from scratch'}, "
                           "42 hand landmarks, CTC",
        "base_asl_model_path": base.path if base else None,
        "base": base and {"kind": base.kind, "architecture": base.architecture, "fingerprint": base.fingerprint},
        "dataset_info": {key: info[key] for key in ("dataset_name", "num_classes", "char_map_hash", "record_files",
                                                    "split", "sign_counts")}
        | {"recordings": {side: file["recordings"] for side, file in info["record_files"].items()},
           "generated": info["dataset_stats"]["generated"]},
        "hands_lent_by": training.lent,
        "drawn_video_in_practice": training.drawn,
        "landmark_info": info["landmark_info"],
        "preprocessing": "inside the model: true proportions, signing hand right, wrist and palm relative",
        "augmentation_details": dataclasses.asdict(training.augmentation) if training.augmentation else None,
        "model_architecture_fine_tuned": {"config": config | training.settings_run,
                                          "params_total": network.count_params(), "params_trainable": trained},
        "results": {
            "best_val_wer_overall": best["val_wer"], "best_val_wer_epoch_overall": training.best_epoch,
            "chosen_on": "validation: epochs and checkpoints were chosen by the WER of this same set "
                         "(by its loss where the WER is above 0.7)",
            "final_train_loss": training.epochs[-1]["loss"], "final_val_wer": training.epochs[-1]["val_wer"],
            "validation": validation["figures"], "test": test["figures"] if test else None,
            "rendered_test": rendered_test and rendered_test["figures"],
            "wer_by_sign": validation["by_sign"], "confusions": validation["confusions"],
            "details": {"validation": validation} | ({"test": test} if test else {})
                       | ({"rendered_test": rendered_test} if rendered_test else {}),
            "epoch_metrics": training.epochs,
        },
        **{f"prediction_examples_lzv_phase{phase}": examples for phase, examples in training.examples.items()},
        "software": versions(),
    }


def finished_experiments(models: Path) -> list[dict]:
    """The JSON of every whole experiment, by number."""
    return _looked_through(models)[0]


def foreign_experiments(models: Path) -> list[str]:
    """A sentence (Latvian) for each numbered folder that is no whole experiment of ours."""
    return _looked_through(models)[1]


def _looked_through(models: Path) -> tuple[list[dict], list[str]]:
    whole, foreign = [], []
    folders = [folder for folder in models.glob("*") if folder.name == str(_number(folder))]
    for folder in sorted(folders, key=_number):
        try:
            content = read_json(Experiment(int(folder.name), folder).data)
            if not set(compared([content])[0]) >= JUDGED:
                raise KeyError("validation")
        except DataError as error:
            foreign.append(f"{shown(folder)} salīdzinājumā nav: tajā nav derīga apraksta ({error.fault}).")
        except (KeyError, TypeError, AttributeError):
            foreign.append(f"{shown(folder)} salīdzinājumā nav: apraksts ir no citas programmas.")
        else:
            whole.append(content)
    return whole, foreign


def compared(experiments: list[dict]) -> list[dict]:
    """One row an experiment: what differs and what came out."""
    rows = []
    for content in experiments:
        config, results = content["model_architecture_fine_tuned"]["config"], content["results"]
        rows.append({"number": content["experiment_index"], "architecture": config["ARCHITECTURE"],
                     "base": content["base_asl_model_path"] or "–", "split": content["dataset_info"]["split"]["kind"],
                     "seed": config["SEED"], "training": content["dataset_info"]["recordings"]["training"],
                     "epochs": len(results["epoch_metrics"]), **results["validation"],
                     "test_wer": (results["test"] or {}).get("wer")})
    return rows


def last_two(experiments: list[dict]) -> tuple[dict, int, int] | None:
    """The paired test of the last experiment against the one before it, and their numbers: on the test recordings where
    both have some in common, else on the drawn videos, else on the validation. None without such two."""
    if len(experiments) < 2:
        return None
    sides = [content["results"].get("details", {}) for content in experiments[-2:]]
    numbers = [content["experiment_index"] for content in experiments[-2:]]
    for name in ("test", "rendered_test", "validation"):
        first, second = (side.get(name, {}).get("errors", {}) for side in sides)
        if set(first) & set(second):
            return paired_test(first, second), *numbers
    return None


def _number(folder: Path) -> int:
    text = folder.name.removesuffix(UNFINISHED)
    return int(text) if text.isascii() and text.isdigit() else 0
