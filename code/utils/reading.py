"""Reading recordings with a network: logits, the loss and the signs of a whole set in one compiled pass."""

import functools
import numbers
from pathlib import Path

import numpy as np

from ground.backend import keras, tf
from ground.errors import DataError
from ground.landmarks import HAND_JOINTS, WIDEST_PICTURE, hands_of, load_array
from utils.batches import SIGNATURE, fixed_batches
from utils.ctc import ctc_loss
from utils.decoding import Decoder, read_with_beam
from utils.network import logits_of, stride_of
from utils.recordings import UNKNOWN_ASPECT, Reading, Recording


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


def read_array(model: keras.Model, path: Path, char_map: dict[str, int], aspect: float = UNKNOWN_ASPECT) -> Reading:
    """Reads one `.npy` as extraction wrote it; `aspect` is the picture's width / height.

    Raises DataError for a model that gives no probabilities, another model's char_map, or an impossible aspect.
    """
    if not isinstance(aspect, numbers.Real) or not 1 / WIDEST_PICTURE <= aspect <= WIDEST_PICTURE:
        raise DataError("aspect", f"{aspect} nevar būt attēla platums / augstums", "Piemēram, 1280 / 720 vai 480 / 640")
    if not isinstance(model.layers[-1], keras.layers.Softmax):
        raise DataError("model", f"«{model.name}» nav nolasīšanas modelis: tas nedod varbūtības",
                        "Norādiet lzv_prediction_model_final_X.keras, nevis fāzes pārbaudes punktu")
    if (classes := model.outputs[0].shape[-1] - 1) != len(char_map):
        raise DataError("char_map", f"tajā ir {len(char_map)} zīmes, bet modelis pazīst {classes}",
                        "Ņemiet char_map.json no modeļa mapes")
    return read_recording(model, Recording(path.stem, [], hands_of(load_array(path)), aspect), char_map)


def _reading(recording: Recording, probabilities: np.ndarray, char_map: dict[str, int], stride: int,
             decode: Decoder) -> Reading:
    # Only up to the last frame with a hand: what follows is certain of nothing and would raise the confidence.
    steps = -(-recording.frames // stride)
    return Reading(recording, *decode(probabilities[:steps], sorted(char_map, key=char_map.get)))
