"""Reading recordings with a network: logits, the loss and the signs of a whole set in one compiled pass."""

import functools
from pathlib import Path

import numpy as np

from ground.backend import keras, tf
from ground.landmarks import HAND_JOINTS
from utils.batches import SIGNATURE, fixed_batches
from utils.ctc import ctc_loss
from utils.decoding import Decoder, read_with_beam
from utils.model_file import load_model
from utils.network import logits_of, stride_of
from utils.recordings import Reading, Recording


class Reader:
    """A set of recordings in fixed batches, read by a network as often as wanted, in any way of decoding."""

    def __init__(self, network: keras.Model, recordings: list[Recording], char_map: dict[str, int]):
        self.batches, self.char_map = fixed_batches(recordings, char_map), char_map
        self.logits, self.stride = compiled_logits(network), stride_of(network)

    def read(self, decode: Decoder = read_with_beam) -> tuple[list[Reading], float]:
        """The readings of the set and its mean CTC loss."""
        readings, losses = [], []
        for recordings, inputs, labels in self.batches:
            logits = self.logits({key: tf.constant(value) for key, value in inputs.items()})
            losses.extend(ctc_loss(tf.constant(labels), logits).numpy())
            for recording, probabilities in zip(recordings, tf.nn.softmax(logits).numpy()):
                readings.append(_reading(recording, probabilities, self.char_map, self.stride, decode))
        return readings, float(np.mean(losses))


@functools.lru_cache(maxsize=2)
def compiled_logits(network: keras.Model):
    """The network's logits as a function compiled once for batches of any size and length."""
    logits = logits_of(network)
    return tf.function(lambda inputs: logits(inputs, training=False), input_signature=[SIGNATURE[0]])


def read_recording(model: keras.Model, recording: Recording, char_map: dict[str, int],
                   decode: Decoder = read_with_beam) -> Reading:
    """Reads one recording with a prediction model (landmarks in, probabilities out)."""
    hands = recording.hands if len(recording.hands) else np.zeros((1, 2 * HAND_JOINTS, 3), np.float32)
    inputs = [hands[None], np.array([[recording.aspect]], np.float32)]
    probabilities = model(inputs, training=False)[0].numpy()
    return _reading(recording, probabilities, char_map, stride_of(model), decode)


def read_again(path: Path, readings: list[Reading], char_map: dict[str, int]) -> list[Reading]:
    """What a prediction model reads, loaded from its file, from the recordings of `readings`, in their order. Raises
    DataError as `load_model` does."""
    model = load_model(path)
    return [read_recording(model, reading.recording, char_map) for reading in readings]


def _reading(recording: Recording, probabilities: np.ndarray, char_map: dict[str, int], stride: int,
             decode: Decoder) -> Reading:
    # Only up to the last frame with a hand: what follows is certain of nothing and would raise the confidence.
    steps = -(-recording.frames // stride)
    return Reading(recording, *decode(probabilities[:steps], sorted(char_map, key=char_map.get)))
