"""The four notebooks from top to bottom on a tiny corpus, as a user runs them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import made
import nbformat
import pytest

from ground.files import ROOT, read_json

CODE = ROOT / "code"
NAMES = ("extract_landmarks", "preprocess_landmarks", "train_42", "recognise")
QUICK = {"EPOCHS_PHASE_1": 1, "EPOCHS_PHASE_2": 1, "EPOCHS_PHASE_3": 2, "BATCH_SIZE": 4}


def execute(name, folder, **parameters):
    """Runs execute.py as run.py does, with another output folder; returns the finished process."""
    words = [word for key, value in parameters.items() for word in ("-p", key, str(value))]
    return subprocess.run([sys.executable, "-m", "execute", name, "--outputs", str(folder), *words],
                          cwd=CODE, capture_output=True, text=True, env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"})


def outputs(path):
    return [output for cell in nbformat.read(path, 4).cells for output in cell.get("outputs", [])]


def texts(path):
    """All that the cells printed, long lines joined again."""
    return " ".join("".join(output.get("text", "") for output in outputs(path)).split())


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus")
    (folder / "char_map.json").write_text(json.dumps(made.CHAR_MAP), encoding="utf-8")
    made.save_video(folder / "videos" / "a-b" / "nobody.mp4")
    (folder / "videos" / "a-b" / "text.mp4").write_text("no video")
    made.save_corpus(folder / "arrays", 3)
    return folder


@pytest.fixture(scope="module")
def executed(folder):
    """All four, one after another: what the later tests look at."""
    common = {"CHAR_MAP": str(folder / "char_map.json")}
    records = {"RECORDS_FOLDER": str(folder / "records"), "DATASET_INFO": str(folder / "records" / "dataset_info.json")}
    runs = [
        execute("extract_landmarks", folder, **common, VIDEOS_FOLDER=str(folder / "videos"),
                LANDMARKS_FOLDER=str(folder / "arrays"), PRACTICE_PHRASES=12),
        execute("preprocess_landmarks", folder, **common, **records, LANDMARKS_FOLDER=str(folder / "arrays")),
        execute("train_42", folder, **common, **records, **QUICK, MODELS_FOLDER=str(folder / "lzv")),
        execute("recognise", folder, MODEL=str(folder / "lzv" / "1"), TRACKER="hands"),
    ]
    for name, run in zip(NAMES, runs):
        assert run.returncode == 0, f"{name}: {run.stdout}{run.stderr}"
    assert "⚠ Brīdinājumi (2)" in runs[0].stdout  # the two videos that cannot be used
    return folder


@pytest.mark.parametrize("name", NAMES)
def test_no_noise_reaches_a_page(name, executed):
    for output in outputs(executed / f"{name}.ipynb"):
        assert output["output_type"] != "error"
        assert output.get("name") != "stderr", output["text"]
        assert "WARNING" not in str(output.get("text", ""))


def test_videos_that_cannot_be_used_are_told_in_sentences(executed):
    text = texts(executed / "extract_landmarks.ipynb")
    assert "a-b/nobody.mp4: cilvēks nav redzams" in text
    assert "a-b/text.mp4: video nevar atvērt" in text


def test_practice_is_marked_and_shown_as_a_moving_hand(executed):
    pages = [output.get("data", {}) for output in outputs(executed / "extract_landmarks.ipynb")]
    assert any("image/gif" in page for page in pages)
    assert "Cilvēku ieraksti: 0. Virtuālā rādītāja ieraksti: 12." in texts(executed / "extract_landmarks.ipynb")
    info = read_json(executed / "records" / "dataset_info.json")
    assert info["dataset_stats"]["generated"] > 0
    assert "tie tikai māca, bet nevērtē" in texts(executed / "preprocess_landmarks.ipynb")


def test_preprocessing_writes_what_training_reads(executed):
    info = read_json(executed / "records" / "dataset_info.json")
    assert (executed / "records" / "training.tfrecord").exists()
    assert (executed / "records" / "validation.tfrecord").exists()
    written = sum(file["recordings"] for file in info["record_files"].values())
    assert written - info["dataset_stats"]["generated"] == 3 * len(made.PHRASES)
    assert info["num_classes_with_blank"] == 5
    assert "Visi skaitļi sakrīt." in texts(executed / "preprocess_landmarks.ipynb")


def test_training_leaves_a_whole_experiment(executed):
    found = {path.name for path in (executed / "lzv" / "1").iterdir()}
    assert found == {"char_map.json", "lzv_exp_data_1.json", "lzv_plot_exp1.png", "lzv_model_phase1_best_exp1.keras",
                     "lzv_model_phase2_best_exp1.keras", "lzv_model_phase3_best_exp1.keras",
                     "lzv_prediction_model_final_exp1.keras", "lzv_model_exp1.tflite", "example.py", "model_card.md"}
    assert [path.name for path in (executed / "lzv").iterdir()] == ["1"]
    content = read_json(executed / "lzv" / "1" / "lzv_exp_data_1.json")
    assert content["model_architecture_fine_tuned"]["config"]["EPOCHS_PHASE_3"] == 2
    assert len(content["results"]["epoch_metrics"]) == 4
    for key in ("experiment_type", "base_asl_model_path", "timestamp_completed_utc", "dataset_info", "landmark_info",
                "preprocessing", "augmentation_details", "prediction_examples_lzv_phase3", "saved_files", "software"):
        assert key in content
    count = content["results"]["validation"]["sequences"]
    assert f"Vienādi nolasītie ieraksti: {count} no {count}." in texts(executed / "train_42.ipynb")
    told = texts(executed / "train_42.ipynb")
    assert f"LiteRT modelis visus validācijas ierakstus ({count}) nolasa tieši tāpat" in told
    assert set(content["saved_files"]) == found


def test_a_failing_cell_is_shown_once_and_readable(folder):
    (folder / "empty").mkdir()
    run = execute("preprocess_landmarks", folder / "failed", LANDMARKS_FOLDER=str(folder / "empty"))
    assert run.returncode == 1
    assert run.stdout.count("nav neviena derīga ieraksta") == 1
    failed = run.stdout.splitlines()
    assert len(failed) - next(number for number, line in enumerate(failed) if "šūna:" in line) < 8
    assert "Traceback" not in run.stdout + run.stderr
    told = (folder / "failed" / "preprocess_landmarks.ipynb").read_text(encoding="utf-8")
    assert "Burtnīca apstājās ar kļūdu" in told and "# Iestatījumi no -p" in told
    assert not any(word in told for word in ("was encountered", "encountered an exception", "# Parameters"))


def test_a_wrong_setting_is_named_before_the_kernel_starts(folder):
    run = execute("train_42", folder / "failed", PATIENCE=0)
    assert run.returncode == 2
    assert run.stdout == (
        "train_42: PATIENCE (epohas bez uzlabojuma): 0 neder: vajag veselu skaitli no 1 līdz 100 000. "
        "Izlabojiet vērtību aiz -p PATIENCE.\n")


@pytest.mark.parametrize(("name", "wrong"), [
    ("extract_landmarks", "MIRRORED = True"), ("train_42", "LR_PHASE_1 = 0,5"),
    ("preprocess_landmarks", "USE_GENERATED = 1")])
def test_a_notebook_checks_its_own_configuration_cell_before_any_work(name, wrong):
    """As a user changes it: in the cell, not on the command line; the next cell says what is wrong, in a sentence."""
    code = [cell.source for cell in nbformat.read(CODE / f"{name}.ipynb", 4).cells if cell.cell_type == "code"]
    run = subprocess.run([sys.executable, "-c", "\n".join([code[0], code[1], wrong, code[2], "print('strādā')"])],
                         cwd=CODE, capture_output=True, text=True, encoding="utf-8")
    assert run.stderr.splitlines()[-1].startswith(f"ground.errors.DataError: {wrong.split()[0]} (")
    assert "strādā" not in run.stdout


def test_an_unknown_setting_is_named(folder):
    run = execute("train_42", folder / "failed", EPOKAS=3)
    assert run.returncode == 2
    assert "«EPOKAS»" in run.stdout


@pytest.mark.parametrize("name", NAMES)
def test_the_committed_outputs_are_those_of_one_whole_run_and_name_no_machine(name):
    notebook = nbformat.read(CODE / f"{name}.ipynb", 4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    for output in outputs(CODE / f"{name}.ipynb"):
        assert output["output_type"] != "error" and output.get("name") != "stderr"
    text = (CODE / f"{name}.ipynb").read_text(encoding="utf-8")
    assert "papermill" not in text and str(ROOT) not in text and str(Path.home()) not in text


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_reads_like_a_text(name):
    notebook = nbformat.read(CODE / f"{name}.ipynb", 4)
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    prose = " ".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    lines = [sum(bool(line.strip()) for line in source.splitlines()) for source in code]
    assert max(lines) <= 29 and sorted(lines)[-2] <= 24
    assert len(prose.split()) >= 2 * sum(lines)
    assert not any(word in "".join(code) for word in ("def ", "except", "sys.exit"))
    assert sum("parameters" in cell.metadata.get("tags", []) for cell in notebook.cells) == 1


def test_the_tests_know_every_notebook():
    assert sorted(path.stem for path in Path(CODE).glob("*.ipynb")) == sorted(NAMES)
