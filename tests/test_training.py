import errno
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import made
import numpy as np
import pytest

from ground.backend import keras
from ground.errors import DataError
from ground.files import read_json
from results.reports import comparison_sentence
from utils import resuming
from utils import training as module
from utils.augmentation import Augmentation
from utils.base import new_network
from utils.evaluation import assess
from utils.experiment import (
    compared,
    describe,
    finish_experiment,
    finished_experiments,
    last_two,
    start_experiment,
    stopped_experiment,
)
from utils.model_file import load_model
from utils.network import HEAD, build_network, stride_of
from utils.reading import Reader
from utils.resuming import go_on, take_up
from utils.training import PhaseSettings, Training, long_enough, save_prediction_model, train_phase

INFO = {"dataset_name": "made", "sign_counts": {}, "num_classes": 4, "char_map_hash": "x", "split": {"kind": "phrase"},
        "record_files": {"training": {"recordings": 14}, "validation": {"recordings": 4}}, "landmark_info": {},
        "dataset_stats": {"generated": 0}}
CONFIG = {"ARCHITECTURE": "bilstm", "SEED": 1}


def training(folder, from_scratch=True, seed=1, architecture="bilstm", augmentation=None):
    sides = made.recordings()
    network = new_network(architecture, made.CHAR_MAP, None, sides, seed, 0.0)
    return Training(network, sides, sides[:4], made.CHAR_MAP, 4, augmentation, seed, from_scratch, folder)


def weights(network):
    return {layer.name: layer.get_weights() for layer in network.layers if layer.get_weights()}


def changed(before, after):
    return {name for name in before if any(not np.array_equal(a, b) for a, b in zip(before[name], after[name]))}


@pytest.mark.parametrize(("phase", "moving"), [
    (1, {HEAD}), (2, {HEAD, "bilstm_1", "batchnorm_lstm1"}),
    (3, {HEAD, "bilstm_1", "batchnorm_lstm1", "conv1d_layer", "batchnorm_conv"})])
def test_a_phase_moves_its_layers_and_no_other(phase, moving, tmp_path):
    one = training(tmp_path, from_scratch=False)
    before = weights(one.network)
    train_phase(one, phase, PhaseSettings(1, 1e-3, 5))
    assert changed(before, weights(one.network)) == moving


def test_from_scratch_every_phase_moves_all(tmp_path):
    one = training(tmp_path)
    before = weights(one.network)
    train_phase(one, 1, PhaseSettings(1, 1e-3, 5))
    assert changed(before, weights(one.network)) == set(before) - {"zscore"}


@pytest.mark.parametrize("architecture", ["bilstm", "conv"])
def test_the_same_seed_gives_the_same_run(architecture, tmp_path):
    runs = []
    for folder in "ab":
        one = training(tmp_path / folder, architecture=architecture, augmentation=Augmentation())
        train_phase(one, 3, PhaseSettings(3, 1e-3, 5))
        runs.append([(epoch["loss"], epoch["val_loss"], epoch["val_wer"]) for epoch in one.epochs])
    assert runs[0] == runs[1]


def scripted(monkeypatch, errors):
    """Lets the validation WER of the coming epochs be what the test says."""
    following = iter(errors)
    monkeypatch.setattr(module, "wer", lambda readings: next(following))


def test_the_model_kept_is_the_best_of_all_phases_not_the_last(tmp_path, monkeypatch):
    one = training(tmp_path)
    scripted(monkeypatch, [0.6, 0.2, 0.5, 0.4, 0.3, 0.6])
    train_phase(one, 1, PhaseSettings(3, 1e-3, 9))
    best = one.best_weights
    train_phase(one, 3, PhaseSettings(3, 1e-3, 9))
    assert (one.best[0], one.best_epoch) == (0.2, 2)
    assert all(np.array_equal(a, b) for a, b in zip(one.network.get_weights(), best))


def test_every_epoch_has_its_loss_validation_loss_wer_and_rate(tmp_path):
    one = training(tmp_path)
    train_phase(one, 1, PhaseSettings(2, 1e-3, 9))
    train_phase(one, 2, PhaseSettings(2, 5e-4, 9))
    assert [(epoch["phase"], epoch["epoch"]) for epoch in one.epochs] == [(1, 1), (1, 2), (2, 3), (2, 4)]
    assert all(np.isfinite([epoch[key] for key in ("loss", "val_loss", "val_wer", "lr", "seconds")]).all()
               for epoch in one.epochs)
    assert len(one.examples[1]) == len(one.examples[2]) > 0


def test_training_stops_when_neither_wer_nor_loss_gets_better(tmp_path, monkeypatch):
    one = training(tmp_path)
    scripted(monkeypatch, [0.5] * 20)
    losses = iter([3.0] + [4.0] * 20)
    monkeypatch.setattr(Reader, "read", lambda self, decode, real=Reader.read: (real(self, decode)[0], next(losses)))
    train_phase(one, 1, PhaseSettings(20, 1e-3, 3))
    assert len(one.epochs) == 4


def test_a_diverging_loss_stops_with_a_sentence_and_the_best_kept(tmp_path, monkeypatch):
    one = training(tmp_path)
    train_phase(one, 1, PhaseSettings(1, 1e-3, 9))
    best = one.best_weights
    monkeypatch.setattr(module, "_loss", lambda labels, logits: logits[:, 0, 0] * np.nan)
    with pytest.raises(DataError, match="LR_PHASE_2"):
        train_phase(one, 2, PhaseSettings(2, 1e-3, 9))
    assert all(np.array_equal(a, b) for a, b in zip(one.network.get_weights(), best))


def test_an_interrupted_phase_keeps_the_best_and_the_next_goes_on(tmp_path, monkeypatch):
    one = training(tmp_path)
    following = iter([0.5, KeyboardInterrupt])

    def once(readings):
        value = next(following)
        if value is KeyboardInterrupt:
            raise value
        return value

    monkeypatch.setattr(module, "wer", once)
    with pytest.raises(KeyboardInterrupt):
        train_phase(one, 1, PhaseSettings(5, 1e-3, 9))
    monkeypatch.undo()
    train_phase(one, 2, PhaseSettings(1, 1e-3, 9))
    assert len(one.epochs) == 2
    assert next(tmp_path.iterdir()).name == "1_unfinished"


def save(one):
    """The notebook's last cells."""
    save_prediction_model(one)
    one.experiment.plot.write_bytes(b"png")
    results = assess(Reader(one.network, one.validation, one.char_map).read()[0])
    one.experiment = finish_experiment(one.experiment, describe(CONFIG, INFO, one, None, results, None))
    return one.experiment


def finished(folder, **more):
    one = training(folder, **more)
    train_phase(one, 1, PhaseSettings(1, 1e-3, 9))
    return one, save(one)


def test_the_last_cells_can_be_run_again_and_a_saved_training_is_not_continued(tmp_path):
    one, experiment = finished(tmp_path)
    assert save(one) == experiment
    with pytest.raises(DataError, match="jau saglabāts"):
        train_phase(one, 2, PhaseSettings(1, 1e-3, 9))
    assert [path.name for path in tmp_path.iterdir()] == ["1"]


def test_the_last_experiment_is_compared_with_the_one_before_on_what_both_read(tmp_path):
    finished(tmp_path)
    assert last_two(finished_experiments(tmp_path)) is None
    finished(tmp_path, seed=2)
    test, earlier, later = last_two(finished_experiments(tmp_path))
    assert (earlier, later, test["recordings"]) == (1, 2, 4)
    assert "2. eksperiments pret 1." in comparison_sentence((test, earlier, later))
    others = read_json(tmp_path / "2" / "lzv_exp_data_2.json")
    others["results"]["details"]["validation"]["errors"] = {"another": ["a", 0, 1]}
    assert last_two([*finished_experiments(tmp_path)[:1], others]) is None


def test_the_record_tells_the_settings_that_ran_not_those_of_the_cell(tmp_path):
    _, experiment = finished(tmp_path)
    config = read_json(experiment.data)["model_architecture_fine_tuned"]["config"]
    assert (config["EPOCHS_PHASE_1"], config["LR_PHASE_1"], config["BATCH_SIZE"]) == (1, 1e-3, 4)
    assert "EPOCHS_PHASE_2" not in config


def test_a_phase_run_again_has_true_seconds_and_a_phase_of_no_epochs_is_left_out(tmp_path):
    one = training(tmp_path)
    for _ in range(2):
        train_phase(one, 1, PhaseSettings(2, 1e-3, 9))
    train_phase(one, 2, PhaseSettings(0, 1e-3, 9))
    assert len(one.epochs) == 4
    assert all(epoch["seconds"] > 0 for epoch in one.epochs)


def test_an_experiment_folder_is_whole_and_true(tmp_path):
    one, experiment = finished(tmp_path)
    assert experiment.folder == tmp_path / "1"
    content = read_json(experiment.data)
    assert set(content["saved_files"]) == {path.name for path in experiment.folder.iterdir()}
    assert read_json(experiment.folder / "char_map.json") == made.CHAR_MAP
    assert content["results"]["epoch_metrics"] == one.epochs
    assert content["augmentation_details"] is None
    assert content["results"]["best_val_wer_overall"] == one.epochs[0]["val_wer"]
    assert compared(finished_experiments(tmp_path))[0]["number"] == 1


def test_a_new_training_makes_a_new_number(tmp_path):
    assert [finished(tmp_path)[1].number for _ in range(2)] == [1, 2]


def test_trainings_started_at_once_get_folders_of_their_own(tmp_path):
    together = Barrier(6)

    def start(_):
        together.wait()
        return start_experiment(tmp_path, made.CHAR_MAP)

    with ThreadPoolExecutor(6) as pool:
        started = list(pool.map(start, range(6)))
    assert len({experiment.number for experiment in started}) == 6
    assert len(list(tmp_path.iterdir())) == 6


def test_the_record_says_what_the_figures_were_chosen_on_and_keeps_the_test_apart(tmp_path):
    one = training(tmp_path, augmentation=Augmentation(join=0.25))
    train_phase(one, 1, PhaseSettings(1, 1e-3, 9))
    validation, test = (assess(Reader(one.network, side, one.char_map).read()[0])
                        for side in (one.validation, made.recordings()[4:7]))
    content = describe(CONFIG, INFO, one, None, validation, test)
    assert "chosen by the WER of this same set" in content["results"]["chosen_on"]
    assert (content["results"]["validation"]["sequences"], content["results"]["test"]["sequences"]) == (4, 3)
    assert content["augmentation_details"]["join"] == 0.25


class Killed(BaseException):
    """A computer that is switched off: nothing is put in order."""


def test_a_training_whatever_stopped_it_goes_on_as_if_nothing_had_been(tmp_path, monkeypatch):
    whole = training(tmp_path / "whole")
    for phase in (1, 2):
        train_phase(whole, phase, PhaseSettings(3, 1e-2, 10))
    stopped = training(tmp_path / "stopped")
    train_phase(stopped, 1, PhaseSettings(3, 1e-2, 10))
    last = []

    def switched_off(self, epoch, *_):
        if epoch == 1:
            last.extend(self.model.get_weights())
            raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(module._Watch, "on_epoch_begin", switched_off, raising=False)
        with pytest.raises(Killed):
            train_phase(stopped, 2, PhaseSettings(3, 1e-2, 10))
    known = stopped_experiment(tmp_path / "stopped")
    again = training(tmp_path / "stopped", seed=5)
    assert "2. fāze, pēc 1. epohas). Ja tā pārtrūka" in go_on(again, tmp_path / "stopped", False)
    assert again.experiment is None and go_on(again, tmp_path / "none", False) == ""
    assert "sākas jauna" in go_on(again, tmp_path / "none", True)
    assert "2. fāze, pēc 1. epohas." in go_on(again, tmp_path / "stopped", True)
    assert again.examples.keys() == {1, 2} and all(again.examples.values())

    def compared(self, epoch, *_):
        if epoch == 1:
            for one, other in zip(self.model.get_weights(), last):
                np.testing.assert_array_equal(one, other)

    monkeypatch.setattr(module._Watch, "on_epoch_begin", compared, raising=False)
    for phase in (1, 2):
        train_phase(again, phase, PhaseSettings(3, 1e-2, 10))
    for name in ("phase", "epoch", "lr"):
        assert [row[name] for row in again.epochs] == pytest.approx([row[name] for row in whole.epochs])
    assert again.experiment.number == known.number and len(list((tmp_path / "stopped").iterdir())) == 1


def test_a_worse_epoch_after_a_stop_does_not_take_the_best_ones_place(tmp_path, monkeypatch):
    one = training(tmp_path)
    scripted(monkeypatch, [0.2, 0.3])
    train_phase(one, 1, PhaseSettings(2, 1e-2, 10))
    best = one.best_weights
    for _ in range(2):
        again = training(tmp_path, seed=5)
        take_up(again, stopped_experiment(tmp_path))
        for kept, weights in zip(again.best_weights, best):
            np.testing.assert_array_equal(kept, weights)
        scripted(monkeypatch, [0.4])
        train_phase(again, 1, PhaseSettings(len(again.epochs) + 1, 1e-2, 10))


def test_a_stop_in_the_midst_of_saving_leaves_the_epoch_before(tmp_path, monkeypatch):
    scripted(monkeypatch, [0.3, 0.1])
    one, best = training(tmp_path), []

    def switched_off(path, content, real=resuming.write_json):
        if len(content["epochs"]) == 2:
            raise Killed
        real(path, content)
        best.extend(one.best_weights)

    with monkeypatch.context() as patched:
        patched.setattr(resuming, "write_json", switched_off)
        with pytest.raises(Killed):
            train_phase(one, 1, PhaseSettings(3, 1e-2, 10))
    again = training(tmp_path, seed=5)
    assert "pēc 1. epohas" in take_up(again, stopped_experiment(tmp_path))
    assert again.best[0] == 0.3 and len(again.epochs) == 1
    for weights in (again.best_weights, load_model(again.experiment.checkpoint(1)).get_weights()):
        for kept, known in zip(weights, best):
            np.testing.assert_array_equal(kept, known)
    scripted(monkeypatch, [0.2, 0.4])
    train_phase(again, 1, PhaseSettings(3, 1e-2, 10))
    assert again.best[0] == 0.2 and [row["val_wer"] for row in again.epochs] == [0.3, 0.2, 0.4]


@pytest.mark.parametrize(("failing", "kept"), [(1, []), (2, [0.3])])
def test_after_an_epoch_that_could_not_be_saved_a_training_goes_on_from_the_one_before(failing, kept, tmp_path,
                                                                                      monkeypatch):
    one = training(tmp_path)

    def full(path, content, real=resuming.write_json):
        if len(content["epochs"]) == failing:
            raise DataError("state", "disks ir pilns", "Atbrīvojiet vietu")
        real(path, content)

    scripted(monkeypatch, [0.3, 0.1])
    with monkeypatch.context() as patched, pytest.raises(DataError, match="disks ir pilns"):
        patched.setattr(resuming, "write_json", full)
        train_phase(one, 1, PhaseSettings(3, 1e-2, 10))
    assert [row["val_wer"] for row in one.epochs] == kept
    scripted(monkeypatch, [0.4])
    train_phase(one, 1, PhaseSettings(1, 1e-2, 10))
    again = training(tmp_path)
    take_up(again, stopped_experiment(tmp_path))
    assert [row["val_wer"] for row in again.epochs] == [*kept, 0.4] and again.best[0] == min([*kept, 0.4])


def test_a_phase_that_is_to_have_fewer_epochs_than_it_had_is_not_begun_anew(tmp_path):
    train_phase(training(tmp_path), 1, PhaseSettings(3, 1e-2, 10))
    again = training(tmp_path)
    take_up(again, stopped_experiment(tmp_path))
    train_phase(again, 1, PhaseSettings(2, 1e-2, 10))
    assert len(again.epochs) == 3


def test_a_phase_that_had_ended_by_itself_does_not_go_on(tmp_path, monkeypatch):
    scripted(monkeypatch, [0.2, 0.3, 0.3])
    losses = iter([3.0, 4.0, 4.0])
    monkeypatch.setattr(Reader, "read", lambda self, decode, real=Reader.read: (real(self, decode)[0], next(losses)))
    train_phase(training(tmp_path), 1, PhaseSettings(9, 1e-2, 2))
    again = training(tmp_path)
    take_up(again, stopped_experiment(tmp_path))
    train_phase(again, 1, PhaseSettings(9, 1e-2, 2))
    assert len(again.epochs) == 3


def test_another_network_does_not_take_up_a_stopped_training(tmp_path):
    train_phase(training(tmp_path), 1, PhaseSettings(1, 1e-2, 10))
    with pytest.raises(DataError, match=r"apmācība ir cita: tīkls bilstm, nevis conv.*izdzēsiet šo mapi"):
        take_up(training(tmp_path, architecture="conv"), stopped_experiment(tmp_path))


def test_a_full_disk_leaves_no_half_checkpoint(tmp_path, monkeypatch):
    one = training(tmp_path)
    real = keras.Model.save

    def full(model, path):
        real(model, path)
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(keras.Model, "save", full)
    with pytest.raises(DataError, match="disks ir pilns"):
        train_phase(one, 1, PhaseSettings(1, 1e-3, 9))
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["char_map.json"]


def test_an_unfinished_experiment_is_no_experiment(tmp_path):
    started = start_experiment(tmp_path, made.CHAR_MAP)
    assert finished_experiments(tmp_path) == []
    with pytest.raises(DataError, match="faila nav"):
        finish_experiment(started, {})
    assert not (tmp_path / "1").exists()


def test_a_training_without_an_epoch_leaves_no_folder(tmp_path):
    one = training(tmp_path / "lzv")
    with pytest.raises(DataError, match="epohas"):
        save_prediction_model(one)
    assert not (tmp_path / "lzv").exists()


def test_recordings_too_short_for_the_stride_are_named():
    short = made.recording(["a", "b"])
    short = short.__class__(**{**short.__dict__, "landmarks": short.hands[:3]})
    sides = {"training": made.recordings(), "validation": [short]}
    assert long_enough(sides, 1) == (sides, [])
    longer = {**sides, "validation": [short, made.recording(["a", "b"])]}
    stride = stride_of(build_network("conv", 4))
    assert long_enough(longer, stride) == ({**sides, "validation": longer["validation"][1:]}, [short.name])
    with pytest.raises(DataError, match=r"validation\): neviens no 1 nav šim tīklam.*FRAMES_PER_SIGN = 2"):
        long_enough(sides, stride)


def test_a_network_starts_alike_from_a_seed():
    one, two = (new_network("conv", made.CHAR_MAP, None, [], 3) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(one.get_weights(), two.get_weights()))
    assert build_network("conv", 4).count_params() == one.count_params()
