"""The published system's worst defect: its saved model read nothing from a new recording."""

import json
import subprocess
import sys

import made
import pytest

from ground.errors import DataError
from ground.files import ROOT
from utils.augmentation import Augmentation
from utils.base import new_network
from utils.model_file import load_model
from utils.reading import Reader
from utils.training import PhaseSettings, Training, save_prediction_model, train_phase

CODE = ROOT / "code"
MODEL = ROOT / "models/lzv/1/lzv_prediction_model_final_exp1.keras"
FRESH = """
import json, sys
from pathlib import Path
import tensorflow
tensorflow.add(1, 1)  # a user's program may have computed before: its threads cannot be set any more
from utils.model_file import load_model
from ground.landmarks import hands_of, load_array
from utils.reading import read_recording
from utils.recordings import Recording
hands = hands_of(load_array(Path(sys.argv[2])))
reading = read_recording(load_model(Path(sys.argv[1])), Recording("x", [], hands), json.loads(sys.argv[3]))
print(json.dumps([reading.signs, reading.confidence]))
"""


@pytest.mark.parametrize("architecture", ["bilstm", "conv"])
def test_model_from_file_reads_in_a_fresh_process_what_it_read_in_training(architecture, tmp_path):
    sides = made.recordings(3)
    network = new_network(architecture, made.CHAR_MAP, None, sides, seed=1, dropout=0.0)
    training = Training(network, sides, sides[:4], made.CHAR_MAP, 4, Augmentation(join=0), 1, True, tmp_path / "lzv")
    train_phase(training, 3, PhaseSettings(12 if architecture == "conv" else 25, 1e-2, 50))
    save_prediction_model(training)
    recording = made.recording(["ā", "b", "a"], 7)
    path = made.save_array(tmp_path, "ā-b-a", 1, made.array(["ā", "b", "a"], 7))
    # In a batch with a longer one, so that padding has its chance to be read as something.
    (notebook,) = [reading for reading in Reader(training.network, [recording, longer()], made.CHAR_MAP).read()[0]
                   if reading.recording.name == recording.name]
    assert notebook.signs, "the network must have learnt something for this test to say anything"

    fresh = subprocess.run([sys.executable, "-c", FRESH, training.experiment.prediction_model, path,
                            json.dumps(made.CHAR_MAP)], cwd=CODE, capture_output=True, text=True, check=True)
    signs, confidence = json.loads(fresh.stdout)
    assert signs == notebook.signs
    assert confidence == pytest.approx(notebook.confidence, abs=1e-4)


def longer():
    return made.recording(["a", "b"] * 8, 9)


def test_a_damaged_model_is_named(tmp_path):
    whole = MODEL.read_bytes()
    for number, start in enumerate((0, len(whole) // 3, len(whole) - 3000)):
        path = tmp_path / f"{number}.keras"
        path.write_bytes(whole[:start] + bytes(3000) + whole[start + 3000:])
        with pytest.raises(DataError, match="bojāts"):
            load_model(path)
