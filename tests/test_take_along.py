"""What an experiment's folder is worth elsewhere: the LiteRT model reads the same, in a program of forty lines without
TensorFlow and without this repository."""

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import made
import numpy as np
import pytest
from packaging.requirements import Requirement

from ground.errors import DataError
from ground.files import ROOT, read_json
from results import take_along
from utils.experiment import Experiment
from utils.network import build_network, prediction_model

EXPERIMENT = Experiment(1, ROOT / "models" / "lzv" / "1")
TODAY = ROOT / "data" / "videos" / "š-o-d-i-e-n" / "virtual_signer_4.webm"
NEEDED = ("ai-edge-litert", "mediapipe", "numpy")


def closure(names):
    """The installed distributions that these need, with all that those need."""
    found, waiting = {}, list(names)
    while waiting:
        name = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if name in found:
            continue
        try:
            found[name] = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        needs = [Requirement(text) for text in found[name].requires or []]
        waiting += [need.name for need in needs if need.marker is None or need.marker.evaluate({"extra": ""})]
    return found


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """A folder of packages with those three and what they need, and nothing else."""
    folder = tmp_path_factory.mktemp("bare")
    for distribution in closure(NEEDED).values():
        for top in {path.parts[0] for path in distribution.files if path.parts[0] not in ("..", "__pycache__")}:
            place = Path(distribution.locate_file(top))
            if place.exists() and not (folder / top).exists():
                os.symlink(place, folder / top)
    return folder


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_the_example_reads_a_video_in_a_bare_environment(bare, tmp_path):
    carried = shutil.copytree(EXPERIMENT.folder, tmp_path / "1")
    program = ("import runpy, sys; sys.path[:] = [p for p in sys.path if 'site-packages' not in p] + [sys.argv.pop(1)];"
               "sys.argv.pop(0); runpy.run_path(sys.argv[0]); assert 'tensorflow' not in sys.modules")
    words = [str(bare), str(carried / "example.py"), str(TODAY)]
    run = subprocess.run([sys.executable, "-I", "-S", "-c", program, *words],
                         cwd=tmp_path, capture_output=True, text=True, encoding="utf-8")
    assert run.stdout == "šodien\n", run.stderr[-2000:]
    assert subprocess.run([sys.executable, "-I", "-S", "-c", program.split("sys.argv.pop(0)")[0] + "import tensorflow",
                           str(bare)], capture_output=True).returncode == 1, "the environment is not bare"


def test_the_example_is_short_and_of_no_package_of_ours():
    text = take_along.EXAMPLE.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 40
    assert not re.search(r"^(from|import) (ground|frames|utils|recognition|tensorflow|keras)", text, re.MULTILINE)
    for folder in (EXPERIMENT.folder, ROOT / "models" / "asl" / "42"):
        assert (folder / "example.py").read_text(encoding="utf-8") == text


@pytest.mark.parametrize("architecture", ["conv", "bilstm"])
def test_the_lite_model_reads_what_the_keras_model_reads(architecture, tmp_path):
    model = prediction_model(build_network(architecture, len(made.CHAR_MAP)))
    recordings = made.recordings(1)
    proof = take_along.save_lite(model, recordings, made.CHAR_MAP, tmp_path / "m.tflite")
    assert proof.recordings == len(recordings) and proof.largest < 1e-4
    assert (tmp_path / "m.tflite").stat().st_size < 4.8e6 and (tmp_path / "example.py").exists()


def test_a_lite_model_that_reads_something_else_is_not_written(tmp_path, monkeypatch):
    class Other(take_along.LiteReader):
        def __call__(self, hands, aspect):
            return np.roll(super().__call__(hands, aspect), 1, axis=1)

    monkeypatch.setattr(take_along, "LiteReader", Other)
    model = prediction_model(build_network("conv", len(made.CHAR_MAP)))
    with pytest.raises(DataError, match="a-b_0000» nolasa citādi"):
        take_along.save_lite(model, [made.recording(["a", "b"])], made.CHAR_MAP, tmp_path / "m.tflite")
    assert not list(tmp_path.iterdir())


def test_the_card_says_what_the_experiment_is(tmp_path):
    content, shipped = read_json(EXPERIMENT.data), (EXPERIMENT.folder / "model_card.md").read_text(encoding="utf-8")
    largest = float(re.search(r"varbūtību atšķirība ir (\S+)\.$", shipped, re.MULTILINE).group(1))
    assert largest <= 1e-4
    proof = take_along.Proof(content["results"]["validation"]["sequences"], largest)
    text = take_along.write_card(Experiment(1, tmp_path), content, proof).read_text(encoding="utf-8")
    assert text == shipped
    drawn = content["drawn_video_in_practice"]
    assert f"no {drawn} uzzīmētu video ierakstiem" in text and f"{drawn} recordings of drawn video" in text
    figures = content["results"]["rendered_test"]
    assert text.count(f"{figures['wer']:.3f}") == 2 and text.count(f"{figures['right']} / {figures['sequences']}") == 2


def test_the_card_of_another_language_does_not_speak_of_lzv(tmp_path):
    content = read_json(EXPERIMENT.data)
    content["dataset_info"]["dataset_name"] = "DGS"
    text = take_along.write_card(Experiment(1, tmp_path), content, take_along.Proof(3, 0.0)).read_text(encoding="utf-8")
    assert text.count("DGS") == 6 and "LZV" not in text.replace("models/lzv", "")


def test_what_ships_is_small_and_named_in_its_account():
    assert EXPERIMENT.lite_model.stat().st_size <= 4.8e6
    assert set(read_json(EXPERIMENT.data)["saved_files"]) == {path.name for path in EXPERIMENT.folder.iterdir()}
