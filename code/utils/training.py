"""Training in three phases: the head, the upper layers too, all layers; every epoch is measured and the best kept.

A long training keeps its whole state after every epoch and goes on from there after a stop, however it was stopped.
Discriminative unfreezing after Howard, Ruder 2018 ("Universal Language Model Fine-tuning"): what is new learns first,
what is general moves last and least. From scratch there is nothing to protect, and all layers learn in every phase.
"""

import dataclasses
import time
from pathlib import Path

import numpy as np

from ground.backend import keras, tf
from ground.errors import DataError
from ground.files import read_json, write_json, written_whole
from utils.augmentation import Augmentation
from utils.base import Base, transfer
from utils.batches import Renew, padded, steps_per_epoch, training_batches
from utils.ctc import ctc_loss
from utils.decoding import read_greedily
from utils.evaluation import wer
from utils.experiment import Experiment, start_experiment
from utils.network import adapt_statistics, build_network, load_model, prediction_model, set_trainable, stride_of
from utils.reading import Reader
from utils.recordings import Reading, Recording, frames_needed

PHASES = {1: "head", 2: "upper", 3: "all"}
CLIPNORM = 1.0
AVERAGED_OVER = 0.998  # of the average, so much stays at each step: it reaches over some 500 steps
#: What a training's time goes to, as the log names it. The first step, which compiles, counts as a step; Keras takes
#: the next batch inside a step, so that waiting for it cannot be told apart.
PURPOSES = {"steps": "mācīšanās un ierakstu gaidīšana", "reading": "validācija", "saving": "saglabāšana",
            "showing": "rādīšana"}
NOTHING_YET = "Neviena epoha vēl nebija pabeigta, tāpēc nekas nav saglabāts. Palaidiet šūnu vēlreiz."
INTERRUPTED = ("Labākais tīkls līdz šim ir saglabāts. Lai mācītu tālāk, palaidiet šo šūnu vēlreiz; ja pietiek, "
               "palaidiet nākamo.")
MEANINGLESS_WER = 0.7  # an untrained network reaches this by babbling: above it the loss tells which epoch is better


class Printed:
    """How a training is followed where there is no page: a line an epoch. `results.progress` draws it in a notebook."""

    def begin(self) -> None:
        """A phase begins."""

    def epoch(self, training: "Training", line: str) -> None:
        """Shows the newest epoch; `line` says it in words."""
        print(line, flush=True)

    def end(self, training: "Training", line: str) -> None:
        """Shows how a phase ended."""
        print(line, flush=True)


@dataclasses.dataclass(frozen=True)
class PhaseSettings:
    """What the configuration cell says of one phase."""

    epochs: int
    learning_rate: float
    patience: int  # epochs without a better validation WER or loss until the phase ends


@dataclasses.dataclass
class Training:
    """A network in training, its data, and the best that it was: what the phases hand on to each other."""

    network: keras.Model
    recordings: list[Recording]
    validation: list[Recording]
    char_map: dict[str, int]
    batch_size: int
    augmentation: Augmentation | None
    seed: int
    from_scratch: bool
    models: Path
    renew: Renew | None = None  # a new recording in the place of a generated one, in every epoch
    experiment: Experiment | None = None  # takes its number with the first checkpoint: no epoch, no folder
    epochs: list[dict] = dataclasses.field(default_factory=list)
    examples: dict[int, list[dict]] = dataclasses.field(default_factory=dict)
    best: tuple[float, float] = (np.inf, np.inf)  # validation WER, validation loss
    best_epoch: int = 0
    best_weights: list[np.ndarray] | None = None
    settings_run: dict = dataclasses.field(default_factory=dict)  # by the configuration's names, as the phases ran
    averaged: bool = False  # whether the weights that are judged and kept are averages over steps
    state: Path | None = None  # folder in which every epoch leaves all that the training needs to go on after a stop
    shown: Printed = dataclasses.field(default_factory=Printed)


def new_network(architecture: str, char_map: dict[str, int], base: Base | None, recordings: list[Recording],
                seed: int, dropout: float = 0.2) -> keras.Model:
    """A network with a new head, the base's encoder where one is given, and its statistics set.

    Statistics of a base of ours come with it; a published base has none, so the recordings give them.
    """
    keras.utils.set_random_seed(seed)
    network = build_network(architecture, len(char_map), dropout)
    if base is None or base.kind == "published":
        chunks = [recordings[start:start + 32] for start in range(0, len(recordings), 32)]
        inputs = (padded(chunk, char_map)[0] for chunk in chunks)
        adapt_statistics(network, ((batch["landmarks"], batch["aspect"]) for batch in inputs))
    if base is not None:
        transfer(base, network, char_map)
    return network


def long_enough(sides: dict[str, list[Recording]], stride: int) -> tuple[dict[str, list[Recording]], list[str]]:
    """The recordings of each side whose frames suffice for a network of this stride, and the names of the others.

    Raises DataError when training or validation has none left.
    """
    def fits(recording: Recording) -> bool:
        return recording.frames >= frames_needed(recording.signs, stride)

    kept = {side: [r for r in recordings if fits(r)] for side, recordings in sides.items()}
    for side in ("training", "validation"):
        if sides.get(side) and not kept[side]:
            raise DataError(f"Ieraksti ({side})", f"neviens no {len(sides[side])} nav šim tīklam pietiekami garš: tam "
                            f"vajag {stride} kadrus uz zīmi", f"Rādiet lēnāk vai palaidiet preprocess_landmarks ar "
                                                        f"FRAMES_PER_SIGN = {stride}: tad redzēsiet, kuri der")
    return kept, [r.name for recordings in sides.values() for r in recordings if not fits(r)]


def train_phase(training: Training, phase: int, settings: PhaseSettings) -> None:
    """Trains one phase from the best weights so far and leaves the best weights so far in the network.

    Every epoch is shown as it comes (`training.shown`). Interrupting it (the notebook's stop button) keeps the best so
    far and says so. Raises DataError when this training has already been saved, or when its loss is no number any more.
    """
    if training.experiment and training.experiment.finished:
        raise DataError(f"{training.experiment.number}. eksperiments", "ir jau saglabāts",
                        "Lai apmācītu vēlreiz, vispirms palaidiet šūnu, kas veido jaunu tīklu")
    if settings.epochs == 0:
        print(f"{phase}. fāze: izlaista (EPOCHS_PHASE_{phase} = 0)")
        return
    if training.best_weights:
        training.network.set_weights(training.best_weights)
    training.settings_run |= {f"EPOCHS_PHASE_{phase}": settings.epochs, f"LR_PHASE_{phase}": settings.learning_rate,
                              "BATCH_SIZE": training.batch_size, "SEED": training.seed}
    network = training.network
    set_trainable(network, "all" if training.from_scratch else PHASES[phase])
    steps = steps_per_epoch(training.recordings, training.batch_size)
    compile_network(network, settings.learning_rate, settings.epochs * steps, training.averaged)
    batches = training_batches(training.recordings, training.char_map, training.batch_size, training.augmentation,
                               training.seed + phase, stride_of(network), training.renew)
    watch = _Watch(training, phase, settings)
    # In this order: the state is written with the weights of the last step, what is judged are their averages.
    callbacks = [*([keras.callbacks.BackupAndRestore(training.state / "weights")] if training.state else []),
                 *([keras.callbacks.SwapEMAWeights(swap_on_epoch=True)] if training.averaged else []), watch]
    if training.state:
        _take_up(training)
    try:
        network.fit(batches, epochs=settings.epochs, steps_per_epoch=steps, verbose=0, shuffle=False,
                    callbacks=callbacks)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(INTERRUPTED if training.best_weights else NOTHING_YET) from None
    finally:
        if training.best_weights:
            network.set_weights(training.best_weights)
        training.examples[phase] = watch.examples()


def compile_network(network: keras.Model, learning_rate: float, steps: int, averaged: bool = False) -> None:
    """Readies a network to be fitted: Adam, its rate falling along a cosine (Loshchilov, Hutter 2017) to zero.

    `averaged`: the optimizer also keeps an exponential moving average of the weights over its steps (Polyak, Juditsky
    1992).
    """
    rate = keras.optimizers.schedules.CosineDecay(learning_rate, steps)
    optimizer = keras.optimizers.Adam(rate, clipnorm=CLIPNORM, use_ema=averaged, ema_momentum=AVERAGED_OVER)
    network.compile(optimizer, loss=_loss, jit_compile=False)


def _take_up(training: Training) -> None:
    """What a stopped training knew of its epochs; Keras restores the weights, the optimizer and the epoch."""
    known = training.state / "epochs.json"
    if known.exists() and (training.state / "weights").exists():
        content = read_json(known)
        training.epochs, training.best_epoch = content["epochs"], content["best_epoch"]
        training.best = tuple(content["best"])
        training.best_weights = load_model(training.experiment.checkpoint(3)).get_weights()


def save_prediction_model(training: Training) -> keras.Model:
    """Saves the best of all phases as a model from raw landmarks to probabilities; returns it."""
    if training.best_weights is None:
        raise DataError("Apmācība", "nav nevienas pabeigtas epohas", "Palaidiet vismaz vienu fāzi")
    training.network.set_weights(training.best_weights)
    model = prediction_model(training.network)
    _save(model, training.experiment.prediction_model)
    return model


class _Watch(keras.callbacks.Callback):
    """After every epoch: read the validation set, print a line, keep the best checkpoint, note everything."""

    def __init__(self, training: Training, phase: int, settings: PhaseSettings):
        super().__init__()
        self.training, self.phase, self.total, self.patience = training, phase, settings.epochs, settings.patience
        self.reader = Reader(training.network, training.validation, training.char_map)
        self.readings: list[Reading] = []
        self.best_of_phase = (np.inf, np.inf)
        self.lowest = (np.inf, np.inf)
        self.since = 0
        self.best_readings: list[Reading] = []
        self.spent = dict.fromkeys(PURPOSES, 0.0)  # seconds of the phase

    def on_train_begin(self, logs=None):
        self.training.shown.begin()
        self.began = self.last = self.mark = time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        self._spend("steps")

    def on_train_end(self, logs=None):
        total = sum(self.spent.values()) or 1.0
        self.training.shown.end(self.training, f"{self.phase}. fāzes laiks {_clock(total)}: " + ", ".join(
            f"{PURPOSES[purpose]} {seconds / total:.0%}" for purpose, seconds in self.spent.items()))

    def on_epoch_end(self, epoch, logs):
        if not np.isfinite(logs["loss"]):
            raise DataError(f"{self.phase}. fāze", "zudums vairs nav skaitlis; labākais līdz šim ir saglabāts",
                            f"Samaziniet LR_PHASE_{self.phase} piecas reizes un palaidiet fāzi vēlreiz")
        self.readings, loss = self.reader.read(read_greedily)
        logs["val_loss"], logs["val_wer"] = loss, wer(self.readings)
        rate, now = float(self.model.optimizer.learning_rate), time.perf_counter()
        self.training.epochs.append({
            "phase": self.phase, "epoch": len(self.training.epochs) + 1, "loss": float(logs["loss"]),
            "val_loss": loss, "val_wer": logs["val_wer"], "lr": rate,
            "seconds": now - self.last})
        self.last = now
        self._spend("reading")
        self._keep(logs["val_wer"], loss)
        if self.training.state:
            write_json(self.training.state / "epochs.json", {
                "epochs": self.training.epochs, "best_epoch": self.training.best_epoch, "best": self.training.best})
        self._spend("saving")
        self._stop_when_still(logs["val_wer"], loss)
        self.training.shown.epoch(self.training, self._line(epoch, logs))
        self._spend("showing")

    def examples(self) -> list[dict]:
        """Five readings of the phase's best epoch, spread over the set."""
        chosen = self.best_readings[::max(1, len(self.best_readings) // 5)][:5]
        return [{"ground_truth": r.recording.phrase, "prediction": "-".join(r.signs)} for r in chosen]

    def _spend(self, purpose: str):
        now = time.perf_counter()
        self.spent[purpose] += now - self.mark
        self.mark = now

    def _keep(self, error: float, loss: float):
        score = (min(error, MEANINGLESS_WER), loss)
        if score < self.best_of_phase:
            self.best_of_phase = score
            self.best_readings = self.readings
            if self.training.experiment is None:
                self.training.experiment = start_experiment(self.training.models, self.training.char_map)
            _save(self.model, self.training.experiment.checkpoint(self.phase))
        if score < self.training.best:
            self.training.best = score
            self.training.best_epoch = len(self.training.epochs)
            self.training.best_weights = self.model.get_weights()

    def _stop_when_still(self, error: float, loss: float):
        # The loss counts too: CTC reads nothing for many epochs (WER 1) while its loss already falls.
        better = error < self.lowest[0] or loss < self.lowest[1]
        self.lowest = (min(error, self.lowest[0]), min(loss, self.lowest[1]))
        self.since = 0 if better else self.since + 1
        self.model.stop_training = self.since >= self.patience

    def _line(self, epoch: int, logs: dict) -> str:
        passed = time.perf_counter() - self.began
        left = passed / (epoch + 1) * (self.total - epoch - 1)
        example = self.readings[epoch % len(self.readings)]
        # What matters most first: a terminal cuts the line's end.
        return (f"{self.phase}. fāze {epoch + 1:3}/{self.total} | atlicis ≤ {_clock(left)} | "
                f"WER {logs['val_wer']:.3f} | zudums {logs['loss']:.3f} | validācijas zudums {logs['val_loss']:.3f} | "
                f"{example.recording.phrase} → {'-'.join(example.signs) or '(nekas)'}")


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def _loss(labels, logits):
    return ctc_loss(tf.cast(labels, tf.int32), logits)


def _save(model: keras.Model, path) -> None:
    # A model of the same layers that was never compiled: the optimizer's state would triple the file.
    plain = keras.Model(model.inputs, model.outputs, name=model.name)
    with written_whole(path) as temporary:
        plain.save(temporary)
