"""What computes: the processor, a GPU or several; a training on several gives what it gives on one.

With several GPUs every batch is shared out among copies of the network (tf.distribute.MirroredStrategy). What a batch
decides together stays so: batch normalisation counts the whole batch's frames, and gradients are clipped once they are
summed; Keras alone would do both within each copy's part.
"""

from collections.abc import Callable

from ground.backend import keras, tf
from ground.counted import counted

KIND = "GPU"


def gpus() -> int:
    """How many GPUs compute."""
    return len(tf.config.list_logical_devices(KIND))


def devices_sentence(batch_size: int) -> str:
    """What computes, in a sentence (Latvian)."""
    count = gpus()
    if count > 1:
        advice = f" Izvēlieties BATCH_SIZE, kas dalās ar {count}." if batch_size % count else ""
        return (f"Rēķina uz {count} videokartēm: katra no partijas ({batch_size}) ņem ap "
                f"{counted(batch_size // count, 'ierakstu', 'ierakstiem')}; iznāk tas pats, kas uz vienas.{advice}")
    return "Rēķina uz videokartes." if count else "Rēķina uz procesora: videokartes TensorFlow neredz."


def on_all_devices(build: Callable[[], keras.Model]) -> keras.Model:
    """A network that is built for all devices here; of several copies the batch normalisation counts all frames."""
    with _strategy().scope():
        network = build()
    if network.distribute_strategy.num_replicas_in_sync > 1:
        for layer in network.layers:
            if isinstance(layer, keras.layers.BatchNormalization):
                layer._moments = _moments
    return network


class AdamOnSeveral(keras.optimizers.Adam):
    """Adam that clips the gradients of all copies together."""

    def _clip_gradients(self, grads):
        copies = tf.distribute.get_replica_context()
        if copies is None or copies.num_replicas_in_sync == 1:
            return super()._clip_gradients(grads)
        summed = copies.all_reduce(tf.distribute.ReduceOp.SUM, list(grads))
        # The optimizer sums once more.
        return [grad / copies.num_replicas_in_sync for grad in super()._clip_gradients(summed)]


def _strategy() -> tf.distribute.Strategy:
    """Over all GPUs where there are several, else as TensorFlow does."""
    devices = tf.config.list_logical_devices(KIND)
    return tf.distribute.MirroredStrategy([device.name for device in devices]) if len(devices) > 1 else (
        tf.distribute.get_strategy())


def _moments(inputs: tf.Tensor, mask: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Mean and variance of each channel over the frames of all copies that the mask leaves."""
    copies = tf.distribute.get_replica_context()
    weights = tf.cast(mask, inputs.dtype)[..., None]
    total, frames = copies.all_reduce(tf.distribute.ReduceOp.SUM,
                                      [tf.reduce_sum(weights * inputs, axis=[0, 1]), tf.reduce_sum(weights)])
    mean = total / (frames + keras.config.epsilon())
    squares = copies.all_reduce(tf.distribute.ReduceOp.SUM,
                                tf.reduce_sum(weights * (inputs - mean) ** 2, axis=[0, 1]))
    return mean, squares / (frames + keras.config.epsilon())
