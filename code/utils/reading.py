"""Reading recordings with a network: logits, the loss and the signs of a whole set in one compiled pass."""

from pathlib import Path

import numpy as np

from utils.backend import keras, tf
from utils.batches import SIGNATURE, fixed_batches
from utils.ctc import ctc_loss
from utils.decoding import Decoder, read_with_beam
from utils.landmarks import hands_of, load_array
from utils.network import stride_of
from utils.recordings import UNKNOWN_ASPECT, Reading, Recording


class Reader:
    """A network compiled once for any length, with its fixed batches: reads the same set after every epoch."""

    def __init__(self, network: keras.Model, recordings: list[Recording], char_map: dict[str, int],
                 decode: Decoder = read_with_beam):
        self.batches, self.decode = fixed_batches(recordings, char_map), decode
        self.char_map, self.stride = char_map, stride_of(network)
        self.logits = tf.function(lambda inputs: network(inputs, training=False), input_signature=[SIGNATURE[0]])

    def read(self) -> tuple[list[Reading], float]:
        """The readings of the set and its mean CTC loss."""
        readings, losses = [], []
        for recordings, inputs, labels in self.batches:
            logits = self.logits({key: tf.constant(value) for key, value in inputs.items()})
            losses.extend(ctc_loss(tf.constant(labels), logits).numpy())
            for recording, probabilities in zip(recordings, tf.nn.softmax(logits).numpy()):
                readings.append(_reading(recording, probabilities, self.char_map, self.stride, self.decode))
        return readings, float(np.mean(losses))


def read_recording(model: keras.Model, recording: Recording, char_map: dict[str, int],
                   decode: Decoder = read_with_beam) -> Reading:
    """Reads one recording with a prediction model (landmarks in, probabilities out)."""
    inputs = [recording.hands[None], np.array([[recording.aspect]], np.float32)]
    probabilities = model(inputs, training=False)[0].numpy()
    return _reading(recording, probabilities, char_map, stride_of(model), decode)


def read_array(model: keras.Model, path: Path, char_map: dict[str, int], aspect: float = UNKNOWN_ASPECT) -> Reading:
    """Reads one `.npy` as extraction wrote it; `aspect` is the picture's width / height."""
    return read_recording(model, Recording(path.stem, [], hands_of(load_array(path)), aspect), char_map)


def _reading(recording: Recording, probabilities: np.ndarray, char_map: dict[str, int], stride: int,
             decode: Decoder) -> Reading:
    # Only up to the last frame with a hand: what follows is certain of nothing and would raise the confidence.
    steps = -(-recording.frames // stride)
    return Reading(recording, *decode(probabilities[:steps], sorted(char_map, key=char_map.get)))
