"""A corpus larger than memory: records in shards, read as they are learnt from; arrays that stay on the disk."""

import made
import numpy as np
import pytest

from ground.errors import DataError
from ground.files import fingerprint, read_json
from ground.table import read_table
from utils import recordings as recordings_module
from utils import records
from utils.base import new_network
from utils.batches import steps_per_epoch, training_batches
from utils.dataset import load_dataset, write_dataset
from utils.recordings import Stored, find_recordings
from utils.split import Split
from utils.training import PhaseSettings, Training, long_enough, train_phase

NO_TABLE = "no_table.csv"


@pytest.fixture
def many(tmp_path, monkeypatch):
    """A data set whose training side fills four shards; (folder, recordings by name)."""
    monkeypatch.setattr(records, "RECORDINGS_A_FILE", 3)
    everything = [made.recording(phrase.split("-"), take) for phrase in made.PHRASES for take in range(2)]
    split = Split("random", 1, everything[:11], everything[11:], [])
    write_dataset(split, made.CHAR_MAP, tmp_path, tmp_path / "info.json", "many", tmp_path, {})
    return tmp_path, {recording.name: recording for recording in everything[:11]}


def loaded(folder):
    return load_dataset(folder, folder / "info.json", made.CHAR_MAP)[1]


def test_a_large_side_is_written_in_shards_and_comes_back_whole(many):
    folder, originals = many
    assert [path.name for path in records.written_files(folder, "training")] == [
        f"training-0000{number}-of-00004.tfrecord" for number in range(4)]
    for shard in read_json(folder / "info.json")["record_files"]["training"]["shards"]:
        assert shard["sha256"] == fingerprint(folder / shard["file"])
    training = loaded(folder)["training"]
    assert len(training) == len(originals)
    for read in (list(training), list(training.in_random_order(5))):
        assert sorted(recording.name for recording in read) == sorted(originals)
        assert all((originals[recording.name].hands == recording.hands).all() for recording in read)


def test_the_order_of_shards_is_the_seeds_and_other_in_every_epoch(many):
    training = loaded(many[0])["training"]
    first, again, other = ([r.name for r in training.in_random_order(seed)] for seed in (1, 1, 2))
    assert first == again != other


def test_recordings_in_memory_are_mixed_in(many):
    folder, originals = many
    beside = tuple(made.recording(["b"], take) for take in range(20, 31))
    training = records.dataclasses.replace(loaded(folder)["training"], beside=beside)
    names = [recording.name for recording in training.in_random_order(3)]
    assert sorted(names) == sorted([*originals, *(recording.name for recording in beside)])
    mine = [name in originals for name in names]
    assert any(mine[:11]) and not all(mine[:11])


def test_a_smaller_corpus_takes_the_shards_of_a_larger_one_away(many):
    folder, originals = many
    few = list(originals.values())[:2]
    write_dataset(Split("random", 1, few, few[:1], []), made.CHAR_MAP, folder, folder / "info.json", "few", folder, {})
    assert sorted(path.name for path in folder.glob("*.tfrecord")) == ["training.tfrecord", "validation.tfrecord"]


def test_a_missing_a_cut_and_a_damaged_shard_are_named(many):
    folder, _ = many
    path = folder / "training-00002-of-00004.tfrecord"
    content = path.read_bytes()
    path.write_bytes(content[:-9])
    with pytest.raises(DataError, match=r"training-00002-of-00004\.tfrecord.*baiti"):
        loaded(folder)
    path.unlink()
    with pytest.raises(DataError, match=r"training-00002-of-00004\.tfrecord: faila nav"):
        loaded(folder)
    path.write_bytes(content[:-60] + bytes(60))
    with pytest.raises(DataError, match=r"training-00002-of-00004\.tfrecord: fails ir bojāts"):
        list(loaded(folder)["training"])


def test_of_a_large_validation_side_a_part_of_every_shard_is_read(many, monkeypatch):
    folder, originals = many
    everything = list(originals.values())
    write_dataset(Split("random", 1, everything[:2], everything[2:], []), made.CHAR_MAP, folder, folder / "info.json",
                  "much to judge", folder, {})
    monkeypatch.setattr("utils.dataset.JUDGED_AT_MOST", 3)
    assert [r.name for r in loaded(folder)["validation"]] == [r.name for r in everything[2:5]]  # the shards' first ones


def test_a_network_learns_from_shards(many):
    folder, _ = many
    sides, too_short = long_enough(loaded(folder), 2)
    assert not too_short
    network = new_network("bilstm", made.CHAR_MAP, None, sides["training"], 1)
    training = Training(network, sides["training"], sides["validation"], made.CHAR_MAP, 4, None, 1, from_scratch=True,
                        models=folder / "models")
    train_phase(training, 3, PhaseSettings(1, 1e-3, 5))
    assert np.isfinite(training.epochs[0]["loss"])


def test_a_shard_that_is_damaged_while_it_is_learnt_from_is_named(many):
    folder, _ = many
    sides = loaded(folder)
    path = folder / "training-00002-of-00004.tfrecord"
    path.write_bytes(path.read_bytes()[:-60] + bytes(60))
    network = new_network("conv", made.CHAR_MAP, None, [], 1)
    training = Training(network, sides["training"], sides["validation"], made.CHAR_MAP, 4, None, 1, from_scratch=True,
                        models=folder / "models")
    with pytest.raises(DataError, match=r"training-00002-of-00004\.tfrecord: fails ir bojāts"):
        train_phase(training, 3, PhaseSettings(3, 1e-3, 5))


def test_shards_of_which_none_is_long_enough_are_told(many):
    training = loaded(many[0])["training"]
    faults = []
    with pytest.raises(records.tf.errors.OpError):
        next(iter(training_batches(training, made.CHAR_MAP, 4, None, 1, 1000, faults=faults)))
    assert "pietiekami garš" in str(faults[0])


def test_a_batch_of_shards_has_what_the_records_have(many):
    folder, originals = many
    training = loaded(folder)["training"]
    batches = training_batches(training, made.CHAR_MAP, 4, None, 1, 2).take(steps_per_epoch(training, 4))
    frames = sum(int((landmarks["landmarks"].numpy() != 0).any((2, 3)).sum()) for landmarks, _ in batches)
    assert frames == sum(recording.frames for recording in originals.values())


def test_many_arrays_stay_on_the_disk_and_read_the_same(tmp_path, monkeypatch):
    made.save_corpus(tmp_path, 1)
    table = read_table(tmp_path / NO_TABLE)
    held, _ = find_recordings(tmp_path, made.CHAR_MAP, table)
    monkeypatch.setattr(recordings_module, "HELD_IN_MEMORY", 2)
    stored, _ = find_recordings(tmp_path, made.CHAR_MAP, table)
    assert all(isinstance(recording.landmarks, Stored) for recording in stored)
    assert [(r.name, r.length, r.frames, r.digest) for r in held] == [
        (r.name, r.length, r.frames, r.digest) for r in stored]
    assert all((one.hands == other.hands).all() for one, other in zip(held, stored))
    made.save_array(tmp_path, "a-b", 2, made.array(["a", "b"], 1))
    assert "tieši tie paši skaitļi" in find_recordings(tmp_path, made.CHAR_MAP, table)[1][0].reason
