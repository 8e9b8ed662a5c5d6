"""Layers that turn raw landmarks into what an encoder reads: the first part of every model of ours.

They are layers, not steps before the model, so that a `.keras` file given raw landmarks is the whole recogniser.
Nothing they give depends on where in the picture the hand is, how large it is, or how many frames of padding follow.
"""

import numpy as np

from ground.backend import keras, tf
from ground.landmarks import FINGERS, HAND_JOINTS, KNUCKLES, WRIST

PACKAGE = "lzv"
SMALLEST_PALM = 1e-3  # image heights; a palm of under one pixel is no measure of anything
FRAMES_AROUND = 15  # to each side: about a second together
SMALL_STEP = 0.02  # palm lengths: a step of this size stands at half of what the largest can
_BONES = tuple((start, end) for joints in FINGERS.values() for start, end in zip((WRIST, *joints[:-1]), joints))
_STARTS, _ENDS = zip(*_BONES)
#: Pairs of joints whose distance tells handshapes apart: the thumb's tip to each finger's tip, middle and knuckle,
#: neighbouring fingertips, the wrist to each tip.
_SPANS = tuple(zip(*((FINGERS["thumb"][-1], FINGERS[finger][joint]) for joint in (3, 1, 0)
                     for finger in ("index", "middle", "ring", "little")),
                   (8, 12), (12, 16), (16, 20), *((WRIST, FINGERS[finger][3]) for finger in FINGERS)))
_TIPS = tuple(FINGERS[finger][3] - 1 for finger in FINGERS)  # among the joints from the wrist


def _differences(ends, starts) -> np.ndarray:
    """(21, n): the matrix that takes 21 joints to the differences between `ends` and `starts`."""
    return np.eye(HAND_JOINTS, dtype=np.float32)[:, ends] - np.eye(HAND_JOINTS, dtype=np.float32)[:, starts]


_JOINTS = tuple(range(WRIST + 1, HAND_JOINTS))
_DIFFERENCES = np.concatenate([_differences(_JOINTS, (WRIST,) * len(_JOINTS)), _differences(_ENDS, _STARTS),
                               _differences(*_SPANS)], axis=1)
_COUNTS = (len(_JOINTS), len(_BONES), len(_SPANS[0]))


@keras.saving.register_keras_serializable(PACKAGE)
class FrameMask(keras.layers.Layer):
    """(batch, T, 42, 3) -> bool (batch, T): True up to the last frame in which a hand is seen.

    Padding and frames without a hand at the end are the same to a model: neither changes its result.
    """

    def call(self, landmarks):
        visible = tf.reduce_any(tf.math.is_finite(landmarks) & (landmarks != 0), axis=(2, 3))
        return tf.cumsum(tf.cast(visible, tf.int32), axis=1, reverse=True) > 0


@keras.saving.register_keras_serializable(PACKAGE)
class HandNormalisation(keras.layers.Layer):
    """Raw landmarks (batch, T, 42, 3) and aspect (batch, 1) -> hands in palm lengths, (batch, T, 42, 3).

    1. x and z times width / height: all three in image heights, so that a turned hand keeps its shape.
    2. The hand seen in more frames comes to the right side; if that is the left one, the signing is mirrored.
    3. Each hand relative to the mean place of its wrist in the recording, in units of its mean palm length
       (wrist to the four knuckles). The wrist's path stays: 26 of the 33 letters differ from another only by
       movement or orientation.
    What remains is the shape in Kendall's sense (1984, "Shape Manifolds"): place and size are gone, turning is kept.
    A hand not seen in a frame is zeros, whatever its statistics.
    """

    def call(self, landmarks, aspect):
        raw = tf.where(tf.math.is_finite(landmarks), landmarks, tf.zeros_like(landmarks))
        shape = tf.shape(raw)
        hands = tf.reshape(raw, (shape[0], shape[1], 2, HAND_JOINTS, 3))
        visible = tf.reduce_any(hands != 0, axis=(3, 4), keepdims=True)
        frames = tf.reduce_sum(tf.cast(visible, tf.int32), axis=1)[..., 0, 0]  # (batch, 2)
        left_handed = frames[:, :1] > frames[:, 1:]
        order = tf.where(left_handed, [[1, 0]], [[0, 1]])
        hands, visible = (tf.gather(each, order, axis=2, batch_dims=1) for each in (hands, visible))
        width = tf.where(left_handed, -aspect, aspect)
        hands *= tf.stack([width, tf.ones_like(aspect), aspect], axis=-1)[:, None, None]
        weight = tf.cast(visible, hands.dtype)
        count = tf.maximum(tf.reduce_sum(weight, axis=1, keepdims=True), 1.0)
        wrist = hands[:, :, :, WRIST:WRIST + 1]
        place = tf.reduce_sum(wrist * weight, axis=1, keepdims=True) / count
        knuckles = tf.gather(hands, KNUCKLES, axis=3)
        palm = tf.reduce_mean(tf.norm(knuckles - wrist, axis=-1, keepdims=True), axis=3, keepdims=True)
        size = tf.maximum(tf.reduce_sum(palm * weight, axis=1, keepdims=True) / count, SMALLEST_PALM)
        return tf.reshape((hands - place) / size * weight, shape)

    def compute_output_shape(self, landmarks_shape, aspect_shape):
        return landmarks_shape


@keras.saving.register_keras_serializable(PACKAGE)
class ZScore(keras.layers.Layer):
    """(batch, T, 42, 3) -> (batch, T, 126): each coordinate minus its mean, over its standard deviation.

    The statistics are weights and travel in the `.keras` file; only frames in which the hand is seen make
    them, and a hand not seen gives zeros, that is "as usual", not a far-away position.
    """

    smallest_deviation = 0.1  # palm lengths: a hand hardly ever seen must not be magnified

    def build(self, input_shape):
        size = input_shape[-2] * input_shape[-1]
        self.mean = self.add_weight(shape=(size,), initializer="zeros", trainable=False, name="mean")
        self.deviation = self.add_weight(shape=(size,), initializer="ones", trainable=False, name="deviation")

    def call(self, hands):
        shape = tf.shape(hands)
        visible = tf.reduce_any(tf.reshape(hands, (shape[0], shape[1], 2, -1)) != 0, axis=-1)
        flat = tf.reshape(hands, (shape[0], shape[1], self.mean.shape[0]))
        scored = (flat - self.mean) / self.deviation
        return tf.where(tf.repeat(visible, self.mean.shape[0] // 2, axis=-1), scored, 0.0)

    def adapt(self, batches) -> None:
        """Sets the statistics from an iterable of normalised hands, each (batch, T, 42, 3)."""
        total = count = square = 0.0
        for hands in batches:
            flat = tf.reshape(hands, (-1, 2, self.mean.shape[0] // 2))
            weight = tf.cast(tf.reduce_any(flat != 0, axis=-1, keepdims=True), flat.dtype)
            total += tf.reduce_sum(flat * weight, axis=0)
            square += tf.reduce_sum(flat**2 * weight, axis=0)
            count += tf.reduce_sum(weight, axis=0)
        mean = total / tf.maximum(count, 1.0)
        deviation = tf.sqrt(tf.maximum(square / tf.maximum(count, 1.0) - mean**2, 0.0))
        deviation = tf.where(count > 0, tf.maximum(deviation, self.smallest_deviation), 1.0)
        self.mean.assign(tf.reshape(mean, (-1,)))
        self.deviation.assign(tf.reshape(deviation, (-1,)))

    def compute_output_shape(self, input_shape):
        return (*input_shape[:2], input_shape[2] * input_shape[3])


@keras.saving.register_keras_serializable(PACKAGE)
class HandFeatures(keras.layers.Layer):
    """Normalised hands (batch, T, 42, 3) -> (batch, T, 2, 249): what each hand shows, both seen as right hands.

    A handshape is told by where the bones point, not by how long a person's fingers are; bones beside joints paid in
    the recognition of actions too (Shi et al. 2019, "Two-Stream Adaptive Graph Convolutional Networks"). So beside the
    joints from the wrist (60) stand the directions of the 20 bones as the camera sees them (60) and as the palm sees
    them (60), the palm's normal (3), and 20 distances between fingertips, thumb and knuckles. A letter told by movement
    needs the path: the wrist's place against its mean over a second (3), and its change since the frame before and over
    four frames (6). A still letter signed twice moves by a tenth of a palm or less between: the step of the wrist and
    of the fingertips, over two frames and over six, stands in softsign (Glorot, Bengio 2010, "Understanding the
    Difficulty of Training Deep Feedforward Neural Networks"), which shows small steps as well as large ones (36). The
    last feature says whether the hand is seen (1); a hand not seen is zeros.
    """

    size = 249

    def call(self, hands):
        shape = tf.shape(hands)
        hands = tf.reshape(hands, (shape[0], shape[1], 2, HAND_JOINTS, 3))
        visible = tf.cast(tf.reduce_any(hands != 0, axis=(3, 4)), hands.dtype)[..., None]
        hands = tf.transpose(hands, (0, 1, 2, 4, 3))  # rows of 21 numbers, not of 3: twice as fast on a CPU
        hands *= tf.constant([[-1.0, 1.0, 1.0], [1.0, 1.0, 1.0]])[..., None]
        joints, bones, spans = tf.split(tf.linalg.matmul(hands, tf.constant(_DIFFERENCES)), _COUNTS, axis=-1)
        bones = _unit(bones, axis=-2)
        palm = _palm_axes(joints)
        wrist = hands[..., WRIST]
        moving = self._flat(tf.concat([hands[..., :1], tf.gather(joints, _TIPS, axis=-1)], axis=-1))
        features = tf.concat([
            self._flat(joints), self._flat(bones), self._flat(tf.linalg.matmul(palm, bones)), palm[..., 2, :],
            tf.norm(spans, axis=-2), wrist - _mean(wrist, visible, -FRAMES_AROUND, FRAMES_AROUND)[0],
            4.0 * _change(wrist, visible, 1), 2.0 * _change(wrist, visible, 4), _step(moving, visible, 2),
            _step(moving, visible, 6)], axis=-1)
        return tf.concat([features * visible, visible], axis=-1)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:2], 2, self.size)

    @staticmethod
    def _flat(vectors):
        shape = tf.shape(vectors)
        return tf.reshape(vectors, (shape[0], shape[1], 2, 3 * vectors.shape[4]))


@keras.saving.register_keras_serializable(PACKAGE)
class BothHands(keras.layers.Layer):
    """(batch, T, 2, n) -> (batch, T, 2 n): the other hand's features, then the signing hand's."""

    def call(self, hands):
        shape = tf.shape(hands)
        return tf.reshape(hands, (shape[0], shape[1], 2 * hands.shape[3]))

    def compute_output_shape(self, input_shape):
        return (*input_shape[:2], 2 * input_shape[3])


def _unit(vectors, axis=-1):
    return vectors / tf.maximum(tf.norm(vectors, axis=axis, keepdims=True), SMALLEST_PALM)


def _cross(first, second):
    # TensorFlow's own cross product has no LiteRT operation.
    (a, b, c), (d, e, f) = tf.unstack(first, axis=-1), tf.unstack(second, axis=-1)
    return tf.stack([b * f - c * e, c * d - a * f, a * e - b * d], axis=-1)


def _palm_axes(joints):
    """Joints from the wrist (batch, T, 2, 3, 20) -> (batch, T, 2, 3, 3), in rows: along the palm, across, normal."""
    first, second, last = (joints[..., knuckle - 1] for knuckle in (KNUCKLES[0], KNUCKLES[1], KNUCKLES[-1]))
    along = _unit(second)
    normal = _unit(_cross(first, last))
    return tf.stack([along, _cross(normal, along), normal], axis=-2)


def _mean(values, visible, first: int, last: int):
    """The mean of `values` from `first` to `last` frames after each one, of those in which the hand is seen.

    (batch, T, 2, n) -> the same, and whether the hand is seen in any of them, (batch, T, 2, 1).
    """
    shape, n, frames = tf.shape(values), values.shape[3], last - first + 1
    flat = tf.reshape(tf.concat([values * visible, visible], axis=-1), (shape[0], shape[1], 2 * (n + 1)))
    flat = tf.pad(flat, [[0, 0], [max(-first, 0), max(last, 0)], [0, 0]])
    around = tf.nn.avg_pool1d(flat, frames, 1, "VALID")[:, max(first, 0):max(first, 0) + shape[1]]
    around = tf.reshape(around, (shape[0], shape[1], 2, n + 1))
    seen = around[..., n:]
    return around[..., :n] / tf.maximum(seen, 0.5 / frames), tf.cast(seen > 0.5 / frames, values.dtype)


def _step(values, visible, frames: int):
    """The mean of the `frames` after each one against that of those before, in softsign; (batch, T, 2, n)."""
    (before, was_seen), (after, is_seen) = _mean(values, visible, -frames, -1), _mean(values, visible, 1, frames)
    step = (after - before) * was_seen * is_seen
    return step / (tf.abs(step) + SMALL_STEP)


def _change(values, visible, frames: int):
    """Difference to `frames` before, zero where the hand is not seen in both; (batch, T, 2, n)."""
    earlier = tf.pad(values, [[0, 0], [frames, 0], [0, 0], [0, 0]])[:, :tf.shape(values)[1]]
    was_visible = tf.pad(visible, [[0, 0], [frames, 0], [0, 0], [0, 0]])[:, :tf.shape(values)[1]]
    return (values - earlier) * visible * was_visible
