"""A training that goes on after a stop, whatever stopped it: what every epoch leaves in an experiment's `state`.

The weights of the last step with the optimizer's, the best network, and an account of the epochs. The files bear the
number of their epoch and the account, written last, says which: a stop in the midst of saving leaves those of the epoch
before. `training` is a training.Training.
"""

import contextlib
import shutil
import zlib
from pathlib import Path

import numpy as np

from ground.errors import DataError
from ground.files import fingerprint, read_json, remove, shown, write_json, written_whole
from ground.signs import char_map_hash
from utils.experiment import Experiment, stopped_experiment
from utils.model_file import load_model

#: What must be the same for a stopped training to go on, as users read it.
KINDS = {"network": "tīkls", "parameters": "parametru skaits", "base": "bāzes nospiedums",
         "signs": "zīmju saraksta nospiedums", "recordings": "ierakstu skaits",
         "validation": "validācijas nospiedums", "batch_size": "BATCH_SIZE"}


def leave_state(training, phase: int, epoch: int, examples: list[dict], lowest: tuple[float, float],
                since: int) -> None:
    """Writes all that the training needs to go on after so many epochs of a phase."""
    experiment, number = training.experiment, len(training.epochs)
    with written_whole(experiment.last_weights(number)) as temporary:
        training.network.save_weights(temporary)
    if training.best_epoch == number:
        _copy(experiment.checkpoint(phase), experiment.best_network(number))
    write_json(experiment.account, {
        "kind": _kind_of(training), "phase": phase, "epoch": epoch, "lowest": lowest, "since": since,
        "best": training.best, "best_epoch": training.best_epoch, "epochs": training.epochs,
        "examples": {**training.examples, phase: examples}, "settings_run": training.settings_run})
    needed = {experiment.account, experiment.last_weights(number), experiment.best_network(training.best_epoch)}
    folder = experiment.account.parent
    for old in {*folder.glob("last_*.weights.h5"), *folder.glob("best_*.keras")} - needed:
        with contextlib.suppress(DataError):  # what cannot be removed is in nobody's way
            remove(old)


def go_on(training, models: Path, wanted: bool) -> str:
    """Lets a training go on where the newest unfinished one in the folder `models` was stopped, if that is `wanted`; a
    sentence (Latvian) says what is the case, "" where there is nothing to say. Raises DataError as `take_up`."""
    experiment = stopped_experiment(models)
    if experiment is None:
        return "Nepabeigtas apmācības, ko turpināt, nav: sākas jauna." if wanted else ""
    if wanted:
        return take_up(training, experiment)
    account = read_json(experiment.account)
    return (f"{shown(experiment.folder)}: apmācība, kas nav pabeigta ({account['phase']}. fāze, pēc "
            f"{account['epoch']}. epohas). Ja tā pārtrūka un to vajag turpināt, iestatiet CONTINUE = True; ja nevajag, "
            "izdzēsiet šo mapi.")


def take_up(training, experiment: Experiment) -> str:
    """Readies a training to go on where `experiment` was stopped; a sentence (Latvian) says where. Raises DataError
    when it was of another kind (KINDS)."""
    account = read_json(experiment.account)
    ours, theirs = _kind_of(training), account["kind"]
    if different := [name for name in KINDS if ours[name] != theirs.get(name)]:
        name = different[0]
        raise DataError(shown(experiment.folder), f"iesāktā apmācība ir cita: {KINDS[name]} {theirs.get(name)}, nevis "
                        f"{ours[name]}", "Atjaunojiet iestatījumus, ar kādiem tā sākta, vai izdzēsiet šo mapi")
    put_back(training, experiment)
    training.stopped["taken_up"] = True
    return f"Turpina {shown(experiment.folder)}: {account['phase']}. fāze, pēc {account['epoch']}. epohas."


def put_back(training, experiment: Experiment) -> None:
    """Makes a training what it was after the last epoch that its account knows; the checkpoint of the best one too."""
    account = read_json(experiment.account)
    best = experiment.best_network(account["best_epoch"])
    training.epochs, training.best_epoch, training.settings_run = (
        account[name] for name in ("epochs", "best_epoch", "settings_run"))
    training.examples = {int(phase): examples for phase, examples in account["examples"].items()}
    training.best, training.experiment = tuple(account["best"]), experiment
    training.best_weights = load_model(best).get_weights()
    training.stopped = {name: account[name] for name in ("phase", "epoch", "lowest", "since")}
    checkpoint = experiment.checkpoint(training.epochs[training.best_epoch - 1]["phase"])
    if not checkpoint.exists() or fingerprint(checkpoint) != fingerprint(best):
        _copy(best, checkpoint)


def forget_unaccounted(training) -> None:
    """After a fault in the midst of an epoch: makes a training what its account says, or new where there is none yet.
    `stopped` then says where it is."""
    if training.experiment and training.experiment.account.exists():
        put_back(training, training.experiment)
    else:
        training.epochs, training.best_epoch, training.best_weights, training.stopped = [], 0, None, None
        training.best = (np.inf, np.inf)


def _copy(source: Path, target: Path) -> None:
    with written_whole(target) as temporary:
        shutil.copyfile(source, temporary)


def _kind_of(training) -> dict:
    judged = repr([(recording.name, recording.signs, recording.length) for recording in training.validation])
    return {"network": training.network.name, "parameters": training.network.count_params(), "base": training.base,
            "signs": char_map_hash(training.char_map), "recordings": len(training.recordings),
            "validation": zlib.crc32(judged.encode()), "batch_size": training.batch_size}
