"""TensorFlow and Keras, imported without their start-up messages; every module takes both from here.

An operation runs in one thread: the networks here are small, sharing an operation out costs as much as it saves, and
another core has the next batches to make. One thread also adds up in one order: the same seed gives the same
weights.
"""

import contextlib
import os

from utils.environment import quiet

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("GLOG_minloglevel", "3")
with quiet():
    import keras
    import tensorflow as tf

with contextlib.suppress(RuntimeError):  # a program that computed with TensorFlow before keeps its threads
    tf.config.threading.set_intra_op_parallelism_threads(1)

__all__ = ["keras", "tf"]
