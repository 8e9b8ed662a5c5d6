"""A model for phones: LiteRT (formerly TensorFlow Lite) with built-in operations only, one recording at a time.

Source: Google's LiteRT documentation, "Convert TensorFlow models". Variables are frozen into the file and the number
of frames stays free; an interpreter is told it with `resize_tensor_input`.
"""

import threading

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from ground.environment import quiet
from ground.landmarks import HAND_JOINTS


def to_litert(model) -> bytes:
    """A prediction model (keras.Model) as the bytes of a `.tflite` file; a layer without a built-in operation raises
    TensorFlow's ConverterError."""
    # Not at the top: who only reads needs no TensorFlow, whose import takes longer than the reading.
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    from ground.backend import keras, tf

    portable = keras.models.clone_model(model, clone_function=_portable)
    portable.set_weights(model.get_weights())
    function = tf.function(lambda landmarks, aspect: portable([landmarks, aspect], training=False))
    with quiet():
        concrete = function.get_concrete_function(tf.TensorSpec((1, None, 2 * HAND_JOINTS, 3), name="landmarks"),
                                                  tf.TensorSpec((1, 1), name="aspect"))
        frozen = convert_variables_to_constants_v2(concrete)
        converter = tf.lite.TFLiteConverter.from_concrete_functions([frozen], portable)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        return converter.convert()


def _portable(layer):
    """A layer of built-in operations in the place of one that has others, the same weights and mathematics."""
    from ground.backend import tf
    from utils.network import BidirectionalLSTM

    class PortableLSTM(BidirectionalLSTM):
        def _run(self, x, kernel, recurrent_kernel, bias):
            def step(state, driven):
                i, f, c, o = tf.split(driven + state[0] @ recurrent_kernel, 4, axis=1)
                cell = tf.sigmoid(f) * state[1] + tf.sigmoid(i) * tf.tanh(c)
                return tf.sigmoid(o) * tf.tanh(cell), cell

            start = tf.zeros((1, self.units))
            driven = tf.transpose(tf.tensordot(x, kernel, 1) + bias, (1, 0, 2))
            return tf.transpose(tf.scan(step, driven, (start, start))[0], (1, 0, 2))

    kind = PortableLSTM if isinstance(layer, BidirectionalLSTM) else type(layer)
    return kind.from_config(layer.get_config())


class LiteReader:
    """A `.tflite` of ours, loaded: hands (T, 42, 3) and the aspect in, probabilities (T', classes + 1) out.

    By `ai-edge-litert`, LiteRT alone. Raises ValueError for bytes that are no model, KeyError for another's model.
    """

    def __init__(self, content: bytes):
        with quiet():
            self.interpreter = Interpreter(model_content=content, num_threads=1)
            self.interpreter.allocate_tensors()
        inputs = {detail["name"]: detail["index"] for detail in self.interpreter.get_input_details()}
        self.aspect, self.landmarks = inputs["aspect"], inputs["landmarks"]
        self.output = self.interpreter.get_output_details()[0]["index"]
        self.one_at_a_time = threading.Lock()

    def __call__(self, hands: np.ndarray, aspect: float) -> np.ndarray:
        with self.one_at_a_time:
            self.interpreter.resize_tensor_input(self.landmarks, (1, *hands.shape))
            self.interpreter.allocate_tensors()
            self.interpreter.set_tensor(self.landmarks, hands[None].astype(np.float32))
            self.interpreter.set_tensor(self.aspect, np.array([[aspect]], np.float32))
            self.interpreter.invoke()
            return self.interpreter.get_tensor(self.output)[0]
