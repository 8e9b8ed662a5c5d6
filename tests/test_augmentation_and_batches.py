import dataclasses
import os
import tempfile
import time

import made
import numpy as np
import pytest

from ground.backend import tf
from ground.errors import DataError
from ground.landmarks import FINGERS, mirrored
from utils import batches as batches_module
from utils.ahead import KEPT_FREE, processes_beside
from utils.augmentation import (
    Augmentation,
    augment,
    augmentation_from,
    drop_finger,
    drop_lesser_hand,
    flicker_finger,
    join,
    mask_frames,
    stretch_time,
    transform,
)
from utils.base import new_network
from utils.batches import POOL, fixed_batches, padded, steps_per_epoch, training_batches
from utils.ctc import ctc_loss
from utils.decoding import read_greedily
from utils.recordings import frames_needed
from utils.training import PhaseSettings, Training, train_phase

OFF = {field.name: 0.0 for field in dataclasses.fields(Augmentation)}
HANDS = made.hands(["a", "b", "ā"])


def bones(hands, aspect):
    points = hands[:, 21:] * [aspect, 1, aspect]
    return np.linalg.norm(points[:, 5:] - points[:, :1], axis=2)


def test_everything_off_changes_nothing():
    recording = made.recording(["a", "b"])
    same = augment(recording, [recording], Augmentation(**OFF), np.random.default_rng(1), 2)
    np.testing.assert_allclose(same.hands, recording.hands, atol=1e-6)


@pytest.mark.parametrize("name", sorted(OFF))
def test_each_switch_does_something_alone(name):
    left = made.hands(["b", "a", "ā"], side="left")
    both = np.concatenate([left[:, :21], HANDS[:, 21:]], axis=1)
    both[:3, :21] = 0
    recording = dataclasses.replace(made.recording(["a", "b", "ā"]), landmarks=both)
    settings = Augmentation(**{**OFF, name: {"time_stretch": 0.5, "rotation": 20, "turn": 20}.get(name, 1.0)})
    changed = [augment(recording, [recording], settings, np.random.default_rng(s), 1).hands for s in range(3)]
    assert any(c.shape != both.shape or not np.allclose(c, both) for c in changed)


def test_rotation_keeps_the_hand_whole_in_a_wide_picture():
    turned = transform(HANDS, 16 / 9, Augmentation(**{**OFF, "rotation": 40}), np.random.default_rng(2))
    assert not np.allclose(turned, HANDS)
    np.testing.assert_allclose(bones(turned, 16 / 9), bones(HANDS, 16 / 9), rtol=1e-3)


def test_unseen_hands_stay_unseen_in_every_augmentation():
    for seed in range(20):
        recording = made.recording(["a", "b", "ā"])
        changed = augment(recording, [], Augmentation(join=0), np.random.default_rng(seed), 2)
        assert (changed.hands[:, :21] == 0).all()


def test_time_is_stretched_within_bounds():
    counts = [len(stretch_time(HANDS, 0.5, np.random.default_rng(s))) for s in range(100)]
    assert min(counts) >= len(HANDS) // 2
    assert max(counts) <= len(HANDS) * 1.5 + 1
    assert max(counts) > len(HANDS) > min(counts)


def test_the_lesser_hand_goes_and_the_signing_hand_stays():
    both = np.concatenate([made.hands(["a", "b", "ā"], side="left")[:, :21], HANDS[:, 21:]], axis=1)
    both[4:, :21] = 0
    kept = drop_lesser_hand(both)
    assert (kept[:, :21] == 0).all()
    assert (kept[:, 21:] == both[:, 21:]).all()


def test_a_dropped_finger_leaves_the_palm():
    dropped = drop_finger(HANDS, np.random.default_rng(0))
    assert not np.allclose(dropped, HANDS)
    knuckles = [21, 26, 30, 34, 38]
    np.testing.assert_array_equal(dropped[:, knuckles], HANDS[:, knuckles])


def test_a_flickering_finger_is_folded_in_some_frames_and_the_others_stay_as_they_are():
    straight, along = HANDS.copy(), np.array([(0, -0.05, 0), (0, -0.1, 0), (0, -0.15, 0)], np.float32)
    for knuckle, *rest in FINGERS.values():
        straight[:, [21 + joint for joint in rest]] = straight[:, [21 + knuckle]] + along
    moved = set()
    for seed in range(20):
        changed = flicker_finger(straight, np.random.default_rng(seed)) != straight
        frames, joints = changed.any(axis=(1, 2)), changed.any(axis=(0, 2)).nonzero()[0] - 21
        assert frames.mean() <= 0.6
        moved |= {name for name, finger in FINGERS.items() if set(joints) == set(finger[1:])}
        assert len(joints) in (0, 3)
    assert moved == set(FINGERS) - {"thumb"}


def test_masking_hides_no_more_than_its_share():
    hidden = mask_frames(HANDS, 0.5, np.random.default_rng(3))
    assert 0 < (hidden == 0).all(axis=(1, 2)).sum() <= len(HANDS) / 2


def test_mirroring_swaps_the_hands_and_twice_is_nothing():
    assert (mirrored(HANDS)[:, 21:] == 0).all()
    np.testing.assert_allclose(mirrored(mirrored(HANDS)), HANDS, atol=1e-6)


def test_joined_recordings_carry_both_labels_one_hand_and_no_jump():
    first, second = made.recording(["a", "b"]), made.recording(["ā"], side="left", aspect=9 / 16)
    joined = join(first, second, np.random.default_rng(0))
    assert joined.signs == ["a", "b", "ā"]
    assert (joined.hands[:, :21] == 0).all()
    steps = np.linalg.norm(np.diff(joined.hands[first.frames - 1:, 21], axis=0), axis=1)
    assert steps.max() < 0.05


def test_augmented_recordings_keep_the_frames_that_ctc_needs():
    tight = made.recording(["a", "a", "b"])
    tight = dataclasses.replace(tight, landmarks=tight.hands[:9])
    for seed in range(50):
        changed = augment(tight, [tight], Augmentation(), np.random.default_rng(seed), 2)
        assert changed.frames >= frames_needed(changed.signs, 2)


def test_an_unknown_or_impossible_strength_is_named():
    with pytest.raises(DataError, match="rotatoin"):
        augmentation_from(True, {"rotatoin": 1}, False)
    with pytest.raises(DataError, match="scale"):
        augmentation_from(True, {"scale": -1}, False)
    assert augmentation_from(False, {}, True) is None
    assert augmentation_from(True, {}, True).flip == 0.5


def epoch(seed):
    sides = made.recordings()
    batches = training_batches(sides, made.CHAR_MAP, 4, Augmentation(), seed, 2)
    return [(x["landmarks"].numpy(), y.numpy()) for x, y in batches.take(steps_per_epoch(sides, 4))]


def test_the_same_seed_gives_the_same_epoch_and_another_another():
    one, two, other = epoch(1), epoch(1), epoch(2)
    assert all((a[0] == b[0]).all() and (a[1] == b[1]).all() for a, b in zip(one, two))
    assert not all(a[0].shape == b[0].shape and (a[0] == b[0]).all() for a, b in zip(one, other))


def test_the_next_pool_is_made_while_one_is_learnt_from():
    sides = [dataclasses.replace(recording, generated=True) for recording in made.recordings()]
    made_so_far = []

    def renew(recording, rng):
        made_so_far.append(recording)
        return recording

    pools = sides * (2 * POOL // len(sides) + 1)
    batches = iter(training_batches(pools, made.CHAR_MAP, 1, None, 1, 2, renew))
    next(batches)
    until = time.monotonic() + 10
    while len(made_so_far) < 2 * POOL and time.monotonic() < until:
        time.sleep(0.05)
    assert len(made_so_far) == 2 * POOL


def anew(recording, rng):
    """A frame longer, its hands moved, and the number of the process that made it in its last frame."""
    hands = recording.hands + rng.normal(0, 0.01, 3).astype(np.float32)
    return dataclasses.replace(recording, landmarks=np.concatenate([hands, np.full((1, 42, 3), os.getpid())]))


def generated():
    return [dataclasses.replace(recording, generated=True) for recording in made.recordings()]


@pytest.fixture
def beside(monkeypatch):
    """Two processes beside, as where a GPU learns and there are four cores."""
    monkeypatch.setattr("joblib.cpu_count", lambda: 2 + KEPT_FREE)
    with processes_beside(1) as beside:
        yield beside


def test_processes_beside_make_every_recording_anew_and_the_same_for_a_seed(beside):
    sides, epochs = generated(), []
    for _ in range(2):
        batches = training_batches(sides, made.CHAR_MAP, 4, None, 1, 2, anew, beside=beside)
        epochs.append([frames[frames.any(axis=(1, 2))] for x, _ in batches.take(3 * steps_per_epoch(sides, 4))
                       for frames in x["landmarks"].numpy()])
    assert all((one[:-1] == other[:-1]).all() for one, other in zip(*epochs, strict=True))
    assert sorted(len(one) for one in epochs[0]) == sorted([recording.length + 1 for recording in sides] * 3)
    assert len({one[0].tobytes() for one in epochs[0]}) == len(epochs[0])  # new in every epoch, and each by itself
    assert os.getpid() not in {int(one[-1, 0, 0]) for epoch in epochs for one in epoch}


def test_a_fault_beside_is_told_as_in_the_training_s_own_and_so_is_a_death(beside):
    def faulty(recording, rng):
        raise DataError("Vieta", "vaina", "Padoms")

    for renew, fault in ((faulty, "vaina"), (lambda recording, rng: os._exit(1), "apstājās")):
        with pytest.raises(tf.errors.OpError):
            next(iter(training_batches(generated(), made.CHAR_MAP, 4, None, 1, 2, renew, faults=(faults := []),
                                       beside=beside)))
        assert fault in faults[0].fault


def test_a_training_on_a_gpu_has_its_practice_made_beside_and_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr("joblib.cpu_count", lambda: 1 + KEPT_FREE)
    monkeypatch.setattr("utils.training.gpus", lambda: 1)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    makers = set()
    monkeypatch.setattr(batches_module, "padded", lambda pool, char_map: makers.update(
        r.hands[-1, 0, 0] for r in pool) or padded(pool, char_map))
    recordings = generated()
    network = new_network("conv", made.CHAR_MAP, None, recordings, 1, 0.0)
    training = Training(network, recordings, recordings[:2], made.CHAR_MAP, 8, None, 1, True, tmp_path / "models",
                        renew=anew)
    train_phase(training, 3, PhaseSettings(1, 1e-3, 5))
    assert makers and os.getpid() not in makers
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["models"]


def test_a_processor_makes_its_practice_itself(monkeypatch):
    monkeypatch.setattr("joblib.cpu_count", lambda: 16)
    with processes_beside(0) as beside:
        assert beside is None
    monkeypatch.setattr("joblib.cpu_count", lambda: 2)
    with processes_beside(1) as beside:  # nor has a GPU on two cores any to spare
        assert beside is None


def test_an_epoch_has_every_recording_once():
    sides = made.recordings()
    batches = training_batches(sides, made.CHAR_MAP, 4, None, 1, 2).take(steps_per_epoch(sides, 4))
    firsts = [tuple(frame) for x, _ in batches for frame in x["landmarks"].numpy()[:, 0, 21]]
    assert sorted(firsts) == sorted(tuple(r.hands[0, 21]) for r in sides)


def test_validation_batches_are_of_like_length():
    sizes = [[len(r.hands) for r in group] for group, _, _ in fixed_batches(made.recordings(), made.CHAR_MAP, 4)]
    assert [length for size in sizes for length in size] == sorted(length for size in sizes for length in size)


def test_the_ctc_loss_is_minus_the_log_of_all_ways_to_write_the_signs():
    probabilities = np.array([[0.6, 0.1, 0.3], [0.2, 0.3, 0.5]], np.float32)  # signs 0 and 1, then the blank
    loss = ctc_loss(tf.constant([[0]]), tf.math.log(probabilities)[None])
    assert float(loss[0]) == pytest.approx(-np.log(0.6 * 0.2 + 0.6 * 0.5 + 0.3 * 0.2), abs=1e-4)


def test_a_recording_of_nothing_is_learnt_as_blanks_alone():
    logits = np.random.default_rng(0).normal(size=(3, 5, 3)).astype(np.float32)
    labels = tf.constant([[0, 1], [-1, -1], [1, -1]])
    losses = ctc_loss(labels, tf.constant(logits)).numpy()
    blank = tf.nn.log_softmax(logits)[:, :, -1].numpy()
    assert np.isclose(losses[1], -blank[1].sum(), rtol=1e-5)
    assert np.isclose(ctc_loss(tf.constant([[1]]), tf.constant(logits[2:])).numpy()[0], losses[2], rtol=1e-5)
    with tf.GradientTape() as tape:
        watched = tf.Variable(logits)
        loss = tf.reduce_sum(ctc_loss(labels, watched))
    assert np.isfinite(tape.gradient(loss, watched).numpy()).all()


def test_a_batch_of_nothing_but_nothing_has_labels_to_be_padded():
    nothing = dataclasses.replace(made.recording(["a"]), signs=[])
    _, labels = padded([nothing, nothing], made.CHAR_MAP)
    assert labels.tolist() == [[-1], [-1]]


def test_nothing_is_joined_to_a_recording_without_a_hand():
    recording, nothing = made.recording(["a", "b"]), dataclasses.replace(made.recording(["a"]), signs=[])
    nothing = dataclasses.replace(nothing, landmarks=np.zeros_like(nothing.hands))
    for one, other in ((recording, nothing), (nothing, recording)):
        kept = augment(one, [other], Augmentation(**{**OFF, "join": 1.0}), np.random.default_rng(0), 2)
        assert kept.signs == one.signs


def test_a_recording_without_depth_is_one_of_the_variants():
    recording = made.recording(["a", "b"])
    flat = augment(recording, [], Augmentation(**{**OFF, "drop_depth": 1.0}), np.random.default_rng(0), 2)
    assert not flat.hands[..., 2].any() and np.allclose(flat.hands[..., :2], recording.hands[..., :2], atol=1e-5)


def test_the_ctc_loss_is_a_number_when_the_network_is_sure_of_something_else():
    logits = np.full((1, 4, 3), -1e4, np.float32)
    logits[..., 2] = 1e4
    assert np.isfinite(ctc_loss(tf.constant([[0, 1]]), tf.constant(logits)).numpy()).all()


def test_greedy_reading_joins_repeats_and_keeps_doubled_letters():
    path = np.eye(3)[[2, 0, 0, 2, 0, 1, 1, 2]]
    assert read_greedily(path, ["n", "a"]) == (["n", "n", "a"], 1.0)
    assert read_greedily(np.eye(3)[[2, 2]], ["n", "a"])[0] == []


def test_nothing_to_learn_from_is_said_and_not_waited_for():
    with pytest.raises(DataError, match="nav neviena ieraksta"):
        training_batches([], made.CHAR_MAP, 4, None, 1, 2)
