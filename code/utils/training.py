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
from start.terminal import clock
from utils.ahead import processes_beside
from utils.augmentation import Augmentation
from utils.batches import Renew, steps_per_epoch, training_batches
from utils.ctc import ctc_loss
from utils.decoding import read_greedily
from utils.devices import AdamOnSeveral, devices_sentence, gpus
from utils.evaluation import wer
from utils.experiment import Experiment, start_experiment
from utils.model_file import save_model
from utils.network import prediction_model, set_trainable, stride_of
from utils.reading import Reader
from utils.recordings import Reading, Recording, frames_needed
from utils.records import Shards
from utils.resuming import forget_unaccounted, leave_state

PHASES = {1: "head", 2: "upper", 3: "all"}
CLIPNORM = 1.0
#: What a training's time goes to, as the log names it. The first step, which compiles, counts as a step; Keras takes
#: the next batch inside a step, so that waiting for it cannot be told apart.
PURPOSES = {"steps": "mācīšanās un ierakstu gaidīšana", "reading": "validācija", "saving": "saglabāšana",
            "showing": "rādīšana"}
NOTHING_YET = "Neviena epoha vēl nebija pabeigta, tāpēc nekas nav saglabāts. Palaidiet šūnu vēlreiz."
INTERRUPTED = "Labākais tīkls ir saglabāts. Lai mācītu tālāk, palaidiet šo šūnu vēlreiz; ja pietiek, palaidiet nākamo."
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
    recordings: list[Recording] | Shards
    validation: list[Recording]
    char_map: dict[str, int]
    batch_size: int
    augmentation: Augmentation | None
    seed: int
    from_scratch: bool
    models: Path
    renew: Renew | None = None  # a new recording in the place of a generated one, in every epoch
    lent: dict[str, str] = dataclasses.field(default_factory=dict)  # whose hands new practice has, set by set
    drawn: int = 0  # recordings of drawn video of which new practice has parts
    experiment: Experiment | None = None  # takes its number with the first checkpoint: no epoch, no folder
    epochs: list[dict] = dataclasses.field(default_factory=list)
    examples: dict[int, list[dict]] = dataclasses.field(default_factory=dict)
    best: tuple[float, float] = (np.inf, np.inf)  # validation WER, validation loss
    best_epoch: int = 0
    best_weights: list[np.ndarray] | None = None
    settings_run: dict = dataclasses.field(default_factory=dict)  # by the configuration's names, as the phases ran
    base: str = ""  # fingerprint of what it starts from
    stopped: dict | None = None  # where a training was stopped that goes on: phase, epoch, lowest, since
    shown: Printed = dataclasses.field(default_factory=Printed)

    @property
    def computed_on(self) -> str:
        """What computes, in a sentence (Latvian)."""
        return devices_sentence(self.batch_size)


def long_enough(sides: dict[str, list[Recording] | Shards],
                stride: int) -> tuple[dict[str, list[Recording] | Shards], list[str]]:
    """The recordings of each side whose frames suffice for a network of this stride, and the names of the others.

    Those in shards are looked at as they come (`batches`). Raises DataError when training or validation has none left.
    """
    def fits(recording: Recording) -> bool:
        return recording.frames >= frames_needed(recording.signs, stride)

    held = {side: recordings for side, recordings in sides.items() if not isinstance(recordings, Shards)}
    kept = {side: [r for r in recordings if fits(r)] if side in held else recordings
            for side, recordings in sides.items()}
    for side in ("training", "validation"):
        if sides.get(side) and not kept[side]:
            raise DataError(f"Ieraksti ({side})", f"neviens no {len(sides[side])} nav šim tīklam pietiekami garš: tam "
                            f"vajag {stride} kadrus uz zīmi", "Rādiet lēnāk vai palaidiet preprocess_landmarks ar "
                            f"FRAMES_PER_SIGN = {stride}: tad redzēsiet, kuri der")
    return kept, [r.name for recordings in held.values() for r in recordings if not fits(r)]


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
    stopped = training.stopped or {"phase": 0}
    if phase < stopped["phase"] and "taken_up" in stopped:
        return print(f"{phase}. fāze: pabeigta jau pirms pārtraukuma")
    done = min(stopped["epoch"], settings.epochs) if phase == stopped["phase"] else 0
    if training.best_weights:
        training.network.set_weights(training.best_weights)
    training.settings_run |= {f"EPOCHS_PHASE_{phase}": settings.epochs, f"LR_PHASE_{phase}": settings.learning_rate,
                              "BATCH_SIZE": training.batch_size, "SEED": training.seed}
    network = training.network
    set_trainable(network, "all" if training.from_scratch else PHASES[phase])
    steps = steps_per_epoch(training.recordings, training.batch_size)
    compile_network(network, settings.learning_rate, settings.epochs * steps)
    watch = _Watch(training, phase, settings)
    if done:
        with network.distribute_strategy.scope():
            network.optimizer.build(network.trainable_variables)
            network.load_weights(training.experiment.last_weights(len(training.epochs)))
        watch.lowest, watch.since = tuple(stopped["lowest"]), stopped["since"]
        settings = dataclasses.replace(settings, epochs=done if watch.since >= settings.patience else settings.epochs)
    training.stopped, faults = None, []
    try:
        with processes_beside(gpus()) as beside:
            batches = training_batches(training.recordings, training.char_map, training.batch_size,
                                       training.augmentation, training.seed + phase + 1000 * done, stride_of(network),
                                       training.renew, network.distribute_strategy.num_replicas_in_sync, faults, beside)
            network.fit(batches, epochs=settings.epochs, initial_epoch=done, steps_per_epoch=steps, verbose=0,
                        shuffle=False, callbacks=[watch])
    except KeyboardInterrupt:
        forget_unaccounted(training)
        training.stopped = training.stopped if training.stopped and training.stopped["phase"] == phase else None
        raise KeyboardInterrupt(INTERRUPTED if training.best_weights else NOTHING_YET) from None
    except tf.errors.OpError:
        if faults:  # of the recordings, in the thread that makes the batches
            raise faults[0] from None
        raise
    except DataError:
        forget_unaccounted(training)
        training.stopped = None  # with other settings the phase begins anew
        raise
    finally:
        if training.best_weights:
            network.set_weights(training.best_weights)
        training.examples[phase] = watch.examples() or training.examples.get(phase, [])


def compile_network(network: keras.Model, learning_rate: float, steps: int) -> None:
    """Readies a network to be fitted: Adam, its rate falling along a cosine (Loshchilov, Hutter 2017) to zero."""
    rate = keras.optimizers.schedules.CosineDecay(learning_rate, steps)
    with network.distribute_strategy.scope():
        network.compile(AdamOnSeveral(rate, clipnorm=CLIPNORM), loss=_loss, jit_compile=False)


def save_prediction_model(training: Training) -> keras.Model:
    """Saves the best of all phases as a model from raw landmarks to probabilities; returns it."""
    if training.best_weights is None:
        raise DataError("Apmācība", "nav nevienas pabeigtas epohas", "Palaidiet vismaz vienu fāzi")
    training.network.set_weights(training.best_weights)
    model = prediction_model(training.network)
    save_model(model, training.experiment.prediction_model)
    return model


class _Watch(keras.callbacks.Callback):
    """After every epoch: read the validation set, print a line, keep the best checkpoint, note everything."""

    def __init__(self, training: Training, phase: int, settings: PhaseSettings):
        super().__init__()
        self.training, self.phase, self.total, self.patience = training, phase, settings.epochs, settings.patience
        self.reader = Reader(training.network, training.validation, training.char_map)
        self.readings: list[Reading] = []
        scores = [_score(row["val_wer"], row["val_loss"]) for row in training.epochs if row["phase"] == phase]
        self.best_of_phase = min(scores, default=(np.inf, np.inf))  # its checkpoint lies there
        self.lowest = (np.inf, np.inf)
        self.since = 0
        self.best_readings: list[Reading] = []
        self.run = 0  # epochs, those before a stop not counted
        self.spent = dict.fromkeys(PURPOSES, 0.0)  # seconds of the phase

    def on_train_begin(self, logs=None):
        self.training.shown.begin()
        self.began = self.last = self.mark = time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        self._spend("steps")

    def on_train_end(self, logs=None):
        total = sum(self.spent.values()) or 1.0
        self.training.shown.end(self.training, f"{self.phase}. fāzes laiks {clock(total)}: " + ", ".join(
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
        self._stop_when_still(logs["val_wer"], loss)
        self.run += 1
        leave_state(self.training, self.phase, epoch + 1, self.examples(), self.lowest, self.since)
        self._spend("saving")
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
        score = _score(error, loss)
        if score < self.best_of_phase:
            self.best_of_phase = score
            self.best_readings = self.readings
            if self.training.experiment is None:
                self.training.experiment = start_experiment(self.training.models, self.training.char_map)
            save_model(self.model, self.training.experiment.checkpoint(self.phase))
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
        left = (time.perf_counter() - self.began) / self.run * (self.total - epoch - 1)
        example = self.readings[epoch % len(self.readings)]
        # What matters most first: a terminal cuts the line's end.
        return (f"{self.phase}. fāze {epoch + 1:3}/{self.total} | atlicis ≤ {clock(left)} | "
                f"WER {logs['val_wer']:.3f} | zudums {logs['loss']:.3f} | validācijas zudums {logs['val_loss']:.3f} | "
                f"{example.recording.phrase} → {'-'.join(example.signs) or '(nekas)'}")


def _score(error: float, loss: float) -> tuple[float, float]:
    return min(error, MEANINGLESS_WER), loss


def _loss(labels, logits):
    return ctc_loss(tf.cast(labels, tf.int32), logits)
