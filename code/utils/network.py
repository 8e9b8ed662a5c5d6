"""The networks: raw landmarks and the aspect ratio in, logits for every sign and the CTC blank out.

`"bilstm"` is the published architecture (LZV-CSLR, 2025): Conv1D 5x128, batch normalisation, bidirectional LSTM 64,
batch normalisation, dense; a published base fits into it. Ours reads every second frame after the convolution.
`"conv"` is ours. One dense layer, the same for both hands, describes each frame; a convolution over time halves the
frames; eight residual dilated convolutions, as in Bai, Kolter, Koltun 2018, "An Empirical Evaluation of Generic
Convolutional and Recurrent Networks for Sequence Modeling", read about two seconds to each side of a step.
Convolutions need no state from frame to frame: on a CPU they are faster than recurrence, and on little data they
learn better. Each block adds to what it was given (He et al. 2016, "Deep Residual Learning"), so that eight of them
learn as easily as one, and its activation is swish (Ramachandran, Zoph, Le 2017). Batch normalisation (Ioffe, Szegedy
2015) holds the scale of each channel, over valid frames only. Dropout (Srivastava et al. 2014) keeps a block from
leaning on single channels.
Both name their layers, so that weights are moved from a base by name and phases unfreeze by name.
"""

import numpy as np

from ground.backend import keras, tf
from ground.errors import DataError
from ground.landmarks import HAND_JOINTS
from utils.normalisation import PACKAGE, BothHands, FrameMask, HandFeatures, HandNormalisation, ZScore

HEAD = "head"
BATCH_NORM_EPSILON = 1e-3
BATCH_NORM_MOMENTUM = 0.95  # an epoch of 250 recordings has 16 batches: Keras' 0.99 would lag six epochs behind
PADDING_LOGIT = 30.0  # exp(-60) is nothing in float32: a frame of padding reads as blank with certainty

# The layers that phase 2 unfreezes beside the head: the upper half of each encoder.
UPPER_LAYERS = {
    "bilstm": ("bilstm_1", "batchnorm_lstm1"),
    "conv": ("block_5", "block_6", "block_7", "block_8"),
}
STRIDES = {"bilstm": 2, "conv": 2}
CONV_HAND = 96
CONV_CHANNELS = 192
CONV_KERNEL = 3
CONV_DILATIONS = (1, 2, 4, 8, 1, 2, 4, 8)


def build_network(architecture: str, classes: int, dropout: float = 0.2) -> keras.Model:
    """A new model: landmarks (batch, T, 42, 3), aspect (batch, 1) -> logits (batch, T', classes + 1), blank last.

    T' is T / 2, rounded up: signing has 4 to 50 frames a sign, and half of the steps teach CTC in half of the epochs.
    Raises DataError for another name.
    """
    if architecture not in STRIDES:
        raise DataError("ARCHITECTURE", f"«{architecture}» nav zināma", f"Izvēlieties: {', '.join(STRIDES)}")
    landmarks = keras.Input((None, 2 * HAND_JOINTS, 3), name="landmarks")
    aspect = keras.Input((1,), name="aspect")
    mask = FrameMask(name="frame_mask")(landmarks)
    hands = HandNormalisation(name="hand_normalisation")(landmarks, aspect)
    encode = _bilstm_encoder if architecture == "bilstm" else _conv_encoder
    encoded, mask = encode(hands, mask, dropout)
    logits = keras.layers.Dense(classes + 1, name=HEAD)(encoded)
    logits = BlankPadding(name="blank_padding")(logits, mask)
    return keras.Model([landmarks, aspect], logits, name=architecture)


def prediction_model(network: keras.Model) -> keras.Model:
    """The same network with probabilities (softmax) in place of logits: what is saved for use."""
    probabilities = keras.layers.Softmax(name="probabilities")(network.output)
    return keras.Model(network.inputs, probabilities, name=f"{network.name}_prediction")


def logits_of(network: keras.Model) -> keras.Model:
    """The part of a network or of a prediction model that ends in logits."""
    return keras.Model(network.inputs, network.get_layer("blank_padding").output, name=network.name)


def stride_of(network: keras.Model) -> int:
    """How many frames one step of the output stands for, as the model itself says."""
    return next(layer.stride for layer in network.layers if isinstance(layer, EveryOther))


def adapt_statistics(network: keras.Model, inputs) -> None:
    """Sets the z-score of a "bilstm" from an iterable of (landmarks, aspect) batches; others have none to set."""
    if network.name != "bilstm":
        return
    normalise = network.get_layer("hand_normalisation")
    network.get_layer("zscore").adapt(normalise(landmarks, aspect) for landmarks, aspect in inputs)


def as_loose_as_new(network: keras.Model) -> None:
    """Brings the kernels before a batch normalisation back to the size that a new network's have; the network computes
    what it did. Such kernels only grow, and the steps of a training get small beside them: whoever goes on from a long
    training learns slowly (van Laarhoven 2017, "L2 Regularization versus Batch and Weight Normalization")."""
    for layer in network.layers:
        if isinstance(layer, keras.layers.Conv1D) and not layer.use_bias:
            kernel, = layer.get_weights()
            new = keras.initializers.GlorotUniform(seed=0)(kernel.shape)
            factor = np.std(new) / np.std(kernel)
            norm = network.get_layer(layer.name.removesuffix("_conv") + "_norm")
            gamma, beta, mean, variance = norm.get_weights()
            kept = (factor**2 * variance + BATCH_NORM_EPSILON) / (factor**2 * (variance + BATCH_NORM_EPSILON))
            layer.set_weights([factor * kernel])
            norm.set_weights([gamma * np.sqrt(kept), beta, factor * mean, factor**2 * variance])


def set_trainable(network: keras.Model, which: str) -> None:
    """Unfreezes the "head", the head and the "upper" layers, or "all" layers; freezes the rest.

    A frozen batch normalisation also keeps its moving statistics (Keras' rule for `trainable = False`).
    """
    upper = UPPER_LAYERS[network.name]
    for layer in network.layers:
        layer.trainable = (which == "all" or layer.name == HEAD
                           or (which == "upper" and layer.name.startswith(upper)))


def _bilstm_encoder(hands, mask, dropout):
    x = ZScore(name="zscore")(hands)
    x = Masked(name="masked_input")(x, mask)
    x = keras.layers.ZeroPadding1D((2, 2), name="conv_padding")(x)
    x = keras.layers.Conv1D(128, 5, strides=STRIDES["bilstm"], activation="relu", name="conv1d_layer")(x)
    mask = EveryOther(STRIDES["bilstm"], name="conv_mask")(mask)
    x = _batch_norm("batchnorm_conv")(x, mask=mask)
    x = keras.layers.Dropout(dropout, name="dropout_conv")(x)
    x = BidirectionalLSTM(64, name="bilstm_1")(x, mask)
    x = _batch_norm("batchnorm_lstm1")(x, mask=mask)
    return keras.layers.Dropout(dropout, name="dropout_lstm1")(x), mask


def _conv_encoder(hands, mask, dropout):
    x = HandFeatures(name="hand_features")(hands)
    x = keras.layers.Dense(CONV_HAND, activation="swish", name="each_hand")(x)
    x = BothHands(name="both_hands")(x)
    x = Masked(name="masked_input")(x, mask)
    # Padded by hand: Keras' "same" shifts the frames by one when T is odd, and padding must change nothing.
    x = keras.layers.ZeroPadding1D((2, 2), name="stem_padding")(x)
    x = keras.layers.Conv1D(CONV_CHANNELS, 5, strides=STRIDES["conv"], use_bias=False, name="stem")(x)
    mask = EveryOther(STRIDES["conv"], name="stem_mask")(mask)
    x = _batch_norm("stem_norm")(x, mask=mask)
    x = keras.layers.Activation("swish", name="stem_activation")(x)
    for number, dilation in enumerate(CONV_DILATIONS, 1):
        x = _residual_block(x, mask, f"block_{number}", dilation, dropout)
    return x, mask


def _residual_block(x, mask, name, dilation, dropout):
    y = Masked(name=f"{name}_masked")(x, mask)
    y = keras.layers.Conv1D(CONV_CHANNELS, CONV_KERNEL, padding="same", dilation_rate=dilation, use_bias=False,
                            name=f"{name}_conv")(y)
    y = _batch_norm(f"{name}_norm")(y, mask=mask)
    y = keras.layers.Activation("swish", name=f"{name}_activation")(y)
    y = keras.layers.Dropout(dropout, name=f"{name}_dropout")(y)
    return keras.layers.Add(name=f"{name}_sum")([x, y])


def _batch_norm(name: str) -> keras.layers.Layer:
    return keras.layers.BatchNormalization(epsilon=BATCH_NORM_EPSILON, momentum=BATCH_NORM_MOMENTUM, name=name)


@keras.saving.register_keras_serializable(PACKAGE)
class Masked(keras.layers.Layer):
    """Zeros in the frames of padding, so that a convolution beside them sees what it sees at an edge."""

    supports_masking = True

    def compute_mask(self, *_):
        return None  # the mask goes on as a tensor of its own: a convolution cannot carry Keras' hidden one

    def call(self, x, valid):
        return x * tf.cast(valid, x.dtype)[..., None]

    def compute_output_shape(self, x_shape, valid_shape):
        return x_shape


@keras.saving.register_keras_serializable(PACKAGE)
class EveryOther(keras.layers.Layer):
    """bool (batch, T) -> (batch, T / stride): the mask after a convolution of that stride."""

    def __init__(self, stride: int, **kwargs):
        super().__init__(**kwargs)
        self.stride = stride

    def call(self, valid):
        return valid[:, ::self.stride]

    def compute_output_shape(self, valid_shape):
        return (valid_shape[0], None)

    def get_config(self):
        return {**super().get_config(), "stride": self.stride}


@keras.saving.register_keras_serializable(PACKAGE)
class BlankPadding(keras.layers.Layer):
    """Logits of padding become a certain blank: neither the CTC loss nor a decoder needs the length."""

    supports_masking = True

    def compute_mask(self, *_):
        return None  # nothing after this layer needs to know of padding, and Keras' softmax would misread it

    def call(self, logits, valid):
        blank = tf.one_hot(tf.shape(logits)[-1] - 1, tf.shape(logits)[-1],
                           on_value=PADDING_LOGIT, off_value=-PADDING_LOGIT)
        return tf.where(valid[..., None], logits, blank)

    def compute_output_shape(self, logits_shape, valid_shape):
        return logits_shape


@keras.saving.register_keras_serializable(PACKAGE)
class BidirectionalLSTM(keras.layers.Layer):
    """(batch, T, n) and the valid frames (batch, T) -> (batch, T, 2 x units): Keras' bidirectional LSTM, fused.

    Keras runs an LSTM on a CPU frame by frame in a graph loop; TensorFlow's `BlockLSTM` is the same mathematics
    (Hochreiter, Schmidhuber 1997) in one kernel. The arrays are Keras' own (gates i f c o) and move unchanged.
    (Not `BlockLSTMV2`: TensorFlow 2.19 gives it the gradient of the first version, with two gates exchanged.)
    """

    supports_masking = True

    def __init__(self, units: int, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, x_shape, valid_shape):
        gates = 4 * self.units
        for direction in ("forward", "backward"):
            for name, shape, initializer in (("kernel", (x_shape[-1], gates), "glorot_uniform"),
                                             ("recurrent_kernel", (self.units, gates), "orthogonal"),
                                             ("bias", (gates,), "zeros")):
                setattr(self, f"{direction}_{name}",
                        self.add_weight(shape=shape, initializer=initializer, name=f"{direction}_{name}"))
        ones = tf.concat([tf.zeros(self.units), tf.ones(self.units), tf.zeros(2 * self.units)], axis=0)
        self.forward_bias.assign(ones)  # forget gates open at the start: Jozefowicz et al. 2015
        self.backward_bias.assign(ones)

    def call(self, x, valid):
        lengths = tf.reduce_sum(tf.cast(valid, tf.int32), axis=1)
        ahead = self._run(x, self.forward_kernel, self.forward_recurrent_kernel, self.forward_bias)
        turned = tf.reverse_sequence(x, lengths, seq_axis=1)
        back = self._run(turned, self.backward_kernel, self.backward_recurrent_kernel, self.backward_bias)
        return tf.concat([ahead, tf.reverse_sequence(back, lengths, seq_axis=1)], axis=-1)

    def _run(self, x, kernel, recurrent_kernel, bias):
        i, f, c, o = tf.split(tf.concat([kernel, recurrent_kernel, bias[None]], axis=0), 4, axis=1)
        weights = tf.concat([i, c, f, o], axis=1)  # the order of BlockLSTM
        start = tf.zeros((tf.shape(x)[0], self.units), x.dtype)
        peephole = tf.zeros((self.units,), x.dtype)
        _, _, _, _, _, _, hidden = tf.raw_ops.BlockLSTM(
            seq_len_max=tf.cast(tf.shape(x)[1], tf.int64), x=tf.transpose(x, (1, 0, 2)), cs_prev=start, h_prev=start,
            w=weights[:-1], b=weights[-1], wci=peephole, wcf=peephole, wco=peephole, forget_bias=0.0,
            cell_clip=-1.0)
        return tf.transpose(hidden, (1, 0, 2))

    def compute_output_shape(self, x_shape, valid_shape):
        return (*x_shape[:-1], 2 * self.units)

    def get_config(self):
        return {**super().get_config(), "units": self.units}
