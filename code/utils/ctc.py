"""Connectionist temporal classification (Graves et al. 2006): the loss."""

from ground.backend import tf
from utils.batches import NO_LABEL

LOWEST_LOG_PROBABILITY = -50.0


def ctc_loss(labels: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """Loss of each sequence: labels int32 (batch, n) padded with -1, logits (batch, T', classes + 1), blank last.

    Padding frames read as a certain blank (network.BlankPadding) and add nothing, so no lengths are needed.
    """
    # TensorFlow refuses a sequence without labels; its one way is a blank in every step.
    nothing = tf.reduce_all(labels == NO_LABEL, axis=1)
    labels = tf.where(nothing[:, None] & (tf.range(tf.shape(labels)[1]) == 0), 0, labels)
    rows, columns = tf.unstack(tf.where(labels != NO_LABEL), axis=1)
    values = tf.boolean_mask(labels, labels != NO_LABEL)
    sparse = tf.SparseTensor(tf.stack([rows, columns], axis=1), values, tf.shape(labels, tf.int64))
    # A network that is young and sure may give a probability of 0 to the only path; the loss must stay a number.
    logits = tf.maximum(tf.nn.log_softmax(logits), LOWEST_LOG_PROBABILITY)
    steps = tf.fill([tf.shape(logits)[0]], tf.shape(logits)[1])
    loss = tf.nn.ctc_loss(sparse, tf.transpose(logits, (1, 0, 2)), None, steps, blank_index=-1)
    return tf.where(nothing, -tf.reduce_sum(logits[:, :, -1], axis=1), loss)
