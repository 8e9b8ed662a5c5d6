"""Recordings that nobody should have made: an answer with its confidence, empty at times, never an error or NaN."""

import made
import numpy as np
import pytest

from ground.backend import keras
from ground.landmarks import HAND_JOINTS, mirrored
from recognition.litert import LiteReader, to_litert
from utils.base import new_network
from utils.network import build_network, prediction_model
from utils.reading import Reader, read_recording
from utils.recordings import Recording
from utils.training import PhaseSettings, Training, train_phase

SIGNED = made.hands(["a", "ā", "b", "a", "b"])
RNG = np.random.default_rng(0)


def at_speed(factor):
    """The same signing with `factor` times as many frames, as a camera of other frame rate would give it."""
    frames = np.linspace(0, len(SIGNED) - 1, round(len(SIGNED) * factor)).round().astype(int)
    return SIGNED[frames]


def half_missing():
    hands = np.tile(SIGNED, (2, 1, 1))
    hands[RNG.random(len(hands)) < 0.5] = 0
    return hands


def swapped_midway():
    other = np.concatenate([SIGNED[:, HAND_JOINTS:], SIGNED[:, :HAND_JOINTS]], axis=1)
    return np.concatenate([SIGNED[:20], other[20:]])


BAD = {
    "one frame": SIGNED[:1],
    "5,000 frames": np.tile(SIGNED, (125, 1, 1)),
    "no hand": np.zeros((40, 42, 3), np.float32),
    "no frame": np.zeros((0, 42, 3), np.float32),
    "hands swapped midway": swapped_midway(),
    "mirrored": mirrored(SIGNED),
    "10 frames a second": at_speed(1 / 3),
    "120 frames a second": at_speed(4),
    "half of the frames missing": half_missing(),
    "a constant hand": np.repeat(SIGNED[:1], 60, axis=0),
    "a hand of one point": np.full((30, 42, 3), 0.5, np.float32),
    "NaN where no hand is": np.where(SIGNED == 0, np.nan, SIGNED),
}


@pytest.fixture(scope="module", params=["conv", "bilstm"])
def trained(request, tmp_path_factory):
    """A network that has learnt the made signs a little, so that an answer may be more than noise."""
    sides = made.recordings(3)
    network = new_network(request.param, made.CHAR_MAP, None, sides, seed=1, dropout=0.0)
    training = Training(network, sides, sides[:4], made.CHAR_MAP, 4, None, 1, True, tmp_path_factory.mktemp("lzv"))
    train_phase(training, 3, PhaseSettings(10, 1e-2, 50))
    return prediction_model(network)


@pytest.mark.parametrize("name", BAD)
def test_an_answer_with_its_confidence(trained, name):
    reading = read_recording(trained, Recording(name, ["a"], BAD[name].astype(np.float32)), made.CHAR_MAP)
    assert set(reading.signs) <= set(made.CHAR_MAP)
    assert 0 <= reading.confidence <= 1  # false for NaN
    if name in ("no hand", "no frame"):
        assert reading.signs == [] and reading.confidence == 0


def test_the_bad_do_no_harm_to_the_good_of_their_batch(trained):
    good = made.recording(["a", "b", "ā"], 3)
    alone = read_recording(trained, good, made.CHAR_MAP)
    bad = [Recording(name, ["a"], hands.astype(np.float32)) for name, hands in BAD.items() if len(hands) < 300]
    (among,) = [reading for reading in Reader(trained, [*bad, good], made.CHAR_MAP).read()[0]
                if reading.recording.name == good.name]
    assert among.signs == alone.signs
    assert among.confidence == pytest.approx(alone.confidence, abs=1e-3)


def test_a_mirrored_recording_is_read_as_the_same(trained):
    plain, other = (read_recording(trained, Recording("", ["a"], hands), made.CHAR_MAP)
                    for hands in (SIGNED, mirrored(SIGNED)))
    assert plain.signs == other.signs


def test_a_phone_reads_what_the_laptop_reads():
    keras.utils.set_random_seed(2)
    model = prediction_model(build_network("conv", 4))
    lite = LiteReader(to_litert(model))  # built-in operations only: to_litert raises where one is missing
    for frames in (1, 8, 33, 300):
        hands = np.tile(SIGNED, (8, 1, 1))[:frames]
        expected = model([hands[None], np.array([[16 / 9]], np.float32)], training=False)[0].numpy()
        found = lite(hands, 16 / 9)
        assert found.shape == expected.shape
        np.testing.assert_allclose(found, expected, atol=1e-5)
