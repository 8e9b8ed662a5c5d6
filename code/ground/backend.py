"""TensorFlow and Keras, imported without their start-up messages; every module takes both from here.

An operation runs in one thread: the networks here are small, sharing an operation out costs as much as it saves, and
another core has the next batches to make. One thread also adds up in one order: the same seed gives the same
weights.
"""

import contextlib
import os
import sys
from pathlib import Path

from ground.environment import quiet
from ground.errors import DataError

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("GLOG_minloglevel", "3")
# Keras reads its settings when it is first imported: a keras.json of this environment's, not of the user's other work.
os.environ |= {"KERAS_BACKEND": "tensorflow", "KERAS_HOME": str(Path(sys.prefix) / "share" / "keras")}
for foreign in ("KERAS_MAX_EPOCHS", "KERAS_MAX_STEPS_PER_EPOCH", "KERAS_NNX_ENABLED"):
    os.environ.pop(foreign, None)
with quiet():
    import keras
    import tensorflow as tf
if keras.config.backend() != "tensorflow":
    raise DataError("Keras", f"jau darbojas ar «{keras.config.backend()}», vajag «tensorflow»",
                    "Palaidiet kodolu no jauna (Kernel → Restart) un burtnīcu no sākuma")
keras.config.set_floatx("float32")
keras.config.set_image_data_format("channels_last")
keras.config.set_epsilon(1e-7)
keras.config.set_max_epochs(None)
keras.config.set_max_steps_per_epoch(None)

with contextlib.suppress(RuntimeError):  # a program that computed with TensorFlow before keeps its threads
    tf.config.threading.set_intra_op_parallelism_threads(1)

__all__ = ["keras", "tf"]
