"""TensorFlow and Keras, imported without their start-up messages; every module takes both from here."""

import os

from utils.environment import quiet

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("GLOG_minloglevel", "3")
with quiet():
    import keras
    import tensorflow as tf

__all__ = ["keras", "tf"]
