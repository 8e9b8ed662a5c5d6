"""Reading recordings with a network: logits, the loss and the signs of a whole set in one compiled pass."""

import dataclasses
from pathlib import Path

import numpy as np

from utils import network as _registered_layers  # noqa: F401  (Keras finds our layers by their names)
from utils.backend import keras, tf
from utils.batches import SIGNATURE, fixed_batches
from utils.ctc import ctc_loss, read_greedily
from utils.errors import DataError
from utils.files import shown
from utils.landmarks import hands_of, load_array
from utils.recordings import UNKNOWN_ASPECT, Recording


@dataclasses.dataclass(frozen=True)
class Reading:
    """What was signed, what the network read, and how sure it was."""

    recording: Recording
    signs: list[str]
    confidence: float


class Reader:
    """A network compiled once for any length, with its fixed batches: reads the same set after every epoch."""

    def __init__(self, network: keras.Model, recordings: list[Recording], char_map: dict[str, int]):
        self.batches = fixed_batches(recordings, char_map)
        self.signs = sorted(char_map, key=char_map.get)
        self.logits = tf.function(lambda inputs: network(inputs, training=False), input_signature=[SIGNATURE[0]])

    def read(self) -> tuple[list[Reading], float]:
        """The readings of the set and its mean CTC loss."""
        readings, losses = [], []
        for recordings, inputs, labels in self.batches:
            logits = self.logits({key: tf.constant(value) for key, value in inputs.items()})
            losses.extend(ctc_loss(tf.constant(labels), logits).numpy())
            for recording, probabilities in zip(recordings, tf.nn.softmax(logits).numpy()):
                readings.append(Reading(recording, *read_greedily(probabilities, self.signs)))
        return readings, float(np.mean(losses))


def load_model(path: Path) -> keras.Model:
    """Loads a `.keras` of ours; nothing in the file can run code. Raises DataError when it is something else."""
    try:
        return keras.models.load_model(path, safe_mode=True, compile=False)
    except (ValueError, TypeError, OSError, KeyError) as error:
        raise DataError(shown(path), "modeli nevar ielādēt; tas nav šīs programmas .keras fails vai ir bojāts",
                        "Norādiet lzv_prediction_model_final_X.keras no models/lzv") from error


def read_recording(model: keras.Model, recording: Recording, char_map: dict[str, int]) -> Reading:
    """Reads one recording with a prediction model (landmarks in, probabilities out)."""
    inputs = [recording.hands[None], np.array([[recording.aspect]], np.float32)]
    probabilities = model(inputs, training=False)[0].numpy()
    return Reading(recording, *read_greedily(probabilities, sorted(char_map, key=char_map.get)))


def read_array(model: keras.Model, path: Path, char_map: dict[str, int], aspect: float = UNKNOWN_ASPECT) -> Reading:
    """Reads one `.npy` as extraction wrote it; `aspect` is the picture's width / height."""
    return read_recording(model, Recording(path.stem, [], hands_of(load_array(path)), aspect), char_map)
