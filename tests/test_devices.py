"""Several devices: two logical processors stand for two GPUs, in a process of their own."""

import json
import subprocess
import sys

import numpy as np
import pytest

from ground.files import ROOT
from utils.devices import devices_sentence

PROGRAM = """
import json, sys
sys.path[:0] = ["code", "tests"]
from ground.backend import keras, tf
count, takes = int(sys.argv[1]), int(sys.argv[2])
processor = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(processor, [tf.config.LogicalDeviceConfiguration()] * count)
import made
from utils import devices
devices.KIND = "CPU"
from pathlib import Path
from utils.base import new_network
from utils.training import PhaseSettings, Training, train_phase

losses = []
class Losses(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs):
        losses.append(logs["loss"])

recordings = [made.recording(phrase.split("-"), take) for phrase in made.PHRASES for take in range(takes)]
network = new_network("conv", made.CHAR_MAP, None, recordings, 1, 0.0)
training = Training(network, recordings, recordings[:4], made.CHAR_MAP, 8, None, 1, True, Path(sys.argv[3]))
fit = network.fit
network.fit = lambda batches, callbacks, **more: fit(batches, callbacks=[*callbacks, Losses()], **more)
train_phase(training, 3, PhaseSettings(2, 1e-3, 5))
print("ANSWER" + json.dumps({"losses": losses, "said": devices.devices_sentence(8)}))
"""


def trained(count, takes, folder):
    done = subprocess.run([sys.executable, "-c", PROGRAM, str(count), str(takes), str(folder)], cwd=ROOT, text=True,
                          capture_output=True, timeout=300)
    assert "ANSWER" in done.stdout, done.stdout[-500:] + done.stderr[-2000:]
    return json.loads(done.stdout.split("ANSWER")[1])


def test_two_devices_give_the_losses_of_one(tmp_path):
    one, two = (trained(count, 8, tmp_path / str(count)) for count in (1, 2))
    assert len(one["losses"]) >= 10
    np.testing.assert_allclose(two["losses"], one["losses"], rtol=0, atol=1e-4)
    assert "2 videokartēm" in two["said"] and "ap 4 ierakstiem" in two["said"]


def test_a_last_batch_smaller_than_the_devices_stops_nothing(tmp_path):
    assert np.isfinite(trained(2, 7, tmp_path)["losses"]).all()  # 49 recordings in eights


@pytest.mark.parametrize(("count", "words"), [(0, "procesora"), (1, "uz videokartes."), (3, "kas dalās ar 3")])
def test_what_computes_is_said(monkeypatch, count, words):
    monkeypatch.setattr("utils.devices.tf.config.list_logical_devices", lambda kind: [kind] * count)
    assert words in devices_sentence(16)
