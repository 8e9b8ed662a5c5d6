"""A model for phones: LiteRT (formerly TensorFlow Lite) with built-in operations only, one recording at a time.

Source: Google's LiteRT documentation, "Convert TensorFlow models". Variables are frozen into the file and the number
of frames stays free; an interpreter is told it with `resize_tensor_input`.
"""

import numpy as np

from ground.backend import keras, tf
from ground.environment import quiet
from ground.landmarks import HAND_JOINTS


def to_litert(model: keras.Model) -> bytes:
    """A prediction model as the bytes of a `.tflite` file; a layer without a built-in operation raises TensorFlow's
    ConverterError."""
    # Not at the top: TensorFlow is to be imported by `ground.backend`, which keeps it quiet.
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    function = tf.function(lambda landmarks, aspect: model([landmarks, aspect], training=False))
    concrete = function.get_concrete_function(tf.TensorSpec((1, None, 2 * HAND_JOINTS, 3), name="landmarks"),
                                              tf.TensorSpec((1, 1), name="aspect"))
    converter = tf.lite.TFLiteConverter.from_concrete_functions([convert_variables_to_constants_v2(concrete)])
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    with quiet():
        return converter.convert()


class LiteReader:
    """A `.tflite` of ours, loaded: hands (T, 42, 3) and the aspect in, probabilities (T', classes + 1) out."""

    def __init__(self, content: bytes, threads: int = 1):
        with quiet():
            self.interpreter = tf.lite.Interpreter(model_content=content, num_threads=threads)
        inputs = sorted(self.interpreter.get_input_details(), key=lambda detail: len(detail["shape"]))
        self.aspect, self.landmarks = (detail["index"] for detail in inputs)
        self.output = self.interpreter.get_output_details()[0]["index"]

    def __call__(self, hands: np.ndarray, aspect: float) -> np.ndarray:
        self.interpreter.resize_tensor_input(self.landmarks, (1, *hands.shape))
        self.interpreter.allocate_tensors()
        self.interpreter.set_tensor(self.landmarks, hands[None].astype(np.float32))
        self.interpreter.set_tensor(self.aspect, np.array([[aspect]], np.float32))
        self.interpreter.invoke()
        return self.interpreter.get_tensor(self.output)[0]
