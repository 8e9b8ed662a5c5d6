import made
import numpy as np
import pytest

from ground.backend import keras, tf
from ground.errors import DataError
from ground.landmarks import mirrored, palm_lengths
from utils.network import (
    BidirectionalLSTM,
    adapt_statistics,
    build_network,
    prediction_model,
    set_trainable,
    stride_of,
)
from utils.normalisation import HandFeatures, HandNormalisation

ARCHITECTURES = ("bilstm", "conv")
WIDE = np.array([[16 / 9]], np.float32)


@pytest.fixture(scope="module", params=ARCHITECTURES)
def model(request):
    """A network with random weights that say something: batch normalisation and head are not at their start."""
    keras.utils.set_random_seed(3)
    network = build_network(request.param, 4)
    adapt_statistics(network, [(made.hands(["a", "b"])[None], WIDE)])
    for weight in network.weights:
        if "norm" in weight.path and "zscore" not in weight.path:
            weight.assign(weight + tf.random.uniform(weight.shape, 0.1, 0.5))
    return prediction_model(network)


def read(model, hands, aspect=WIDE):
    return model([np.asarray(hands, np.float32)[None], np.asarray(aspect, np.float32)])[0].numpy()


def moved(hands, by):
    return np.where(hands != 0, hands + np.array(by, np.float32), 0)


SIGNED = made.hands(["a", "ā", "b", "a", "b"])


@pytest.mark.parametrize("by", [(0.05, 0, 0), (0, -0.1, 0)])
def test_the_place_in_the_picture_changes_nothing(model, by):
    np.testing.assert_allclose(read(model, moved(SIGNED, by)), read(model, SIGNED), atol=1e-3)


def test_the_distance_from_the_camera_changes_nothing(model):
    np.testing.assert_allclose(read(model, SIGNED * np.float32(0.6)), read(model, SIGNED), atol=1e-3)


def test_a_portrait_phone_and_a_laptop_camera_give_the_same(model):
    portrait = SIGNED * np.array([(16 / 9) / (9 / 16), 1, (16 / 9) / (9 / 16)], np.float32)
    np.testing.assert_allclose(read(model, portrait, [[9 / 16]]), read(model, SIGNED), atol=1e-3)


def test_a_left_handed_signer_is_read_as_a_right_handed_one(model):
    np.testing.assert_allclose(read(model, mirrored(SIGNED)), read(model, SIGNED), atol=1e-3)


def features(hands):
    normalised = HandNormalisation()(tf.constant(hands[None], tf.float32), tf.constant(WIDE))
    return HandFeatures()(normalised)[0, :, 1].numpy()  # of the signing hand


def test_the_smallest_step_between_two_equal_letters_leaves_a_mark_and_a_hold_leaves_none():
    held = np.tile(made.hands(["a"])[4:5], (40, 1, 1))
    twice = held.copy()
    twice[20:, 21:, 0] += 0.05 * palm_lengths(held[:1, 21:] * [16 / 9, 1, 16 / 9])[0] / (16 / 9)
    mark = np.abs(features(twice) - features(held)).max(axis=1)
    assert mark[19:21].min() > 0.5
    assert mark[[2, 35]].max() < 0.1


def test_a_hand_rolled_before_the_camera_keeps_its_bones_as_the_palm_sees_them():
    (sine, cosine), stretch = np.sin([0.5, 0.5 + np.pi / 2]), np.array([16 / 9, 1, 16 / 9])
    roll = np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]])
    rolled = np.where(SIGNED != 0, ((SIGNED - 0.5) * stretch @ roll.T) / stretch + 0.5, 0)
    from_camera, from_palm = slice(60, 120), slice(120, 180)
    assert np.abs(features(rolled)[:, from_camera] - features(SIGNED)[:, from_camera]).max() > 0.3
    np.testing.assert_allclose(features(rolled)[:, from_palm], features(SIGNED)[:, from_palm], atol=1e-3)


@pytest.mark.parametrize("padding", [1, 2, 37])
def test_padding_changes_no_result(model, padding):
    padded = np.concatenate([SIGNED, np.zeros((padding, 42, 3), np.float32)])
    alone, with_padding = read(model, SIGNED), read(model, padded)
    np.testing.assert_allclose(with_padding[:len(alone)], alone, atol=1e-5)
    assert (with_padding[len(alone):].argmax(-1) == 4).all()


def test_sequences_of_a_batch_do_not_touch_each_other(model):
    batch = np.zeros((2, 60, 42, 3), np.float32)
    batch[0, :len(SIGNED)], batch[1, :16] = SIGNED, made.hands(["b", "b"])
    together = model([batch, np.repeat(WIDE, 2, 0)]).numpy()
    np.testing.assert_allclose(together[1, :len(read(model, batch[1, :16]))], read(model, batch[1, :16]), atol=1e-5)


@pytest.mark.parametrize("frames", [1, 2, 7, 8, 300])
def test_every_length_gives_its_own_number_of_steps(model, frames):
    # With TimeDistributed and a free time axis `predict` returned (1, 1, classes) from the second length on.
    hands = np.tile(SIGNED, (8, 1, 1))[:frames]
    out = model.predict([hands[None], WIDE], verbose=0)
    assert out.shape == (1, -(-frames // stride_of(model)), 5)
    np.testing.assert_allclose(out.sum(-1), 1, atol=1e-5)


def test_a_hand_not_seen_is_no_far_away_position(model):
    left = made.hands(["a", "b"], side="left")
    both = np.concatenate([left[:, :21], made.hands(["a", "b"])[:, 21:]], axis=1)
    normalised = model.get_layer("hand_normalisation")(both[None], WIDE).numpy()
    assert np.abs(normalised).max() < 10
    gap = SIGNED.copy()
    gap[5:12] = 0
    assert np.isfinite(read(model, gap)).all()
    if model.name.startswith("bilstm"):
        scored = model.get_layer("zscore")(model.get_layer("hand_normalisation")(left[None], WIDE))
        assert np.abs(scored).max() < 50


@pytest.mark.parametrize("hands", [np.zeros((9, 42, 3)), np.full((9, 42, 3), np.nan), np.full((9, 42, 3), 0.5)])
def test_hands_that_say_nothing_give_numbers_all_the_same(model, hands):
    assert np.isfinite(read(model, hands)).all()


def test_the_published_architecture_has_its_188348_parameters():
    network = build_network("bilstm", 59)
    statistics = sum(int(np.prod(w.shape)) for w in network.get_layer("zscore").weights)
    assert network.count_params() - statistics == 188_348


def test_an_unknown_architecture_is_named():
    with pytest.raises(DataError, match="conv"):
        build_network("lstm", 4)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_no_layer_carries_code(architecture):
    assert "Lambda" not in {type(layer).__name__ for layer in build_network(architecture, 4).layers}


@pytest.mark.parametrize(("architecture", "head"), [("bilstm", 128 * 46 + 46), ("conv", 192 * 46 + 46)])
def test_phases_unfreeze_the_head_then_the_upper_layers_then_all(architecture, head):
    network = build_network(architecture, 45)
    counts = []
    for which in ("head", "upper", "all"):
        set_trainable(network, which)
        counts.append(sum(int(np.prod(w.shape)) for w in network.trainable_weights))
    assert counts[0] == head  # 5,934 in "bilstm": what the published phase 1 meant to train
    assert counts[0] < counts[1] < counts[2]


def test_the_fused_lstm_and_its_gradient_are_those_of_keras():
    ours, theirs = BidirectionalLSTM(8), keras.layers.Bidirectional(keras.layers.LSTM(8, return_sequences=True))
    x, weight = tf.random.normal((3, 20, 5), seed=1), tf.random.normal((3, 20, 16), seed=2)
    ours(x, tf.ones((3, 20), bool)), theirs(x)
    for variable in ours.weights:
        variable.assign(tf.random.normal(variable.shape, stddev=0.4))
    theirs.set_weights([variable.numpy() for variable in ours.weights])
    with tf.GradientTape(persistent=True) as tape:
        a = tf.reduce_sum(ours(x, tf.ones((3, 20), bool)) * weight)
        b = tf.reduce_sum(theirs(x) * weight)
    np.testing.assert_allclose(a, b, rtol=1e-4)
    for mine, keras_own in zip(tape.gradient(a, ours.trainable_weights), tape.gradient(b, theirs.trainable_weights)):
        np.testing.assert_allclose(mine, keras_own, atol=1e-4)
