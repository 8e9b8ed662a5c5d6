import json
import zipfile

import h5py
import made
import numpy as np
import pytest

from ground.backend import keras
from ground.errors import DataError
from ground.files import ROOT, write_json
from utils.base import EXAMPLE, H5_NAMES, NPZ_NAMES, OWN_BASE, chosen_base, load_base, new_network, transfer
from utils.model_file import CONFIG, NEWER_SETTINGS, load_model, save_model
from utils.network import HEAD, build_network, prediction_model

RAN = []


def arrays(classes=60, features=126):
    """Random arrays of the published network's form, by our layer names."""
    network = build_network("bilstm", classes - 1)
    rng = np.random.default_rng(0)
    made_arrays = {name: [rng.normal(size=w.shape).astype(np.float32) for w in network.get_layer(name).weights]
                   for name in NPZ_NAMES}
    made_arrays["conv1d_layer"][0] = made_arrays["conv1d_layer"][0][:, :features]
    return made_arrays


def save_npz(path, content):
    np.savez(path, **{name: array for layer, names in NPZ_NAMES.items()
                      for name, array in zip(names, content[layer])})
    return str(path)


def save_published(path, content):
    """A `.keras` like the published one: a Lambda layer with code, and the arrays in model.weights.h5."""
    inputs = keras.Input((None, 126))
    model = keras.Model(inputs, keras.layers.Lambda(lambda x: RAN.append(1) or x)(inputs))
    model.save(path)
    weights = path.with_suffix(".h5")
    with h5py.File(weights, "w") as file:
        for layer, names in H5_NAMES.items():
            for name, array in zip(names, content[layer]):
                file[f"layers/{name}"] = array
    with zipfile.ZipFile(path) as archive:
        config = archive.read("config.json")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", config)
        archive.write(weights, "model.weights.h5")
    RAN.clear()
    return str(path)


def test_arrays_of_an_npz_become_the_encoder_and_not_the_head(tmp_path):
    content = arrays()
    base = load_base(save_npz(tmp_path / "base.npz", content))
    network = new_network("bilstm", made.CHAR_MAP, base, made.recordings(), 1)
    np.testing.assert_array_equal(network.get_layer("bilstm_1").get_weights()[3], content["bilstm_1"][3])
    np.testing.assert_array_equal(network.get_layer("batchnorm_conv").get_weights()[2], content["batchnorm_conv"][2])
    assert network.get_layer(HEAD).kernel.shape == (128, 5)
    assert np.abs(network.get_layer("zscore").mean).max() > 0  # never published: taken from the recordings


def test_of_a_published_keras_only_the_arrays_are_read(tmp_path):
    content = arrays()
    base = load_base(save_published(tmp_path / "published.keras", content))
    assert not RAN
    assert (base.kind, base.classes) == ("published", 60)
    np.testing.assert_array_equal(base.arrays["conv1d_layer"][0], content["conv1d_layer"][0])


def test_a_keras_file_that_wants_to_run_code_is_refused_and_runs_nothing(tmp_path):
    inputs = keras.Input((None, 126))
    keras.Model(inputs, keras.layers.Lambda(lambda x: RAN.append(1) or x)(inputs)).save(tmp_path / "code.keras")
    RAN.clear()
    with pytest.raises(DataError, match="Lambda") as error:
        load_base(str(tmp_path / "code.keras"))
    assert "netika izpildīts" in str(error.value)
    assert not RAN


@pytest.mark.parametrize(("class_name", "registered_name"), [("Lambda", None), ("TFSMLayer", "Dense")])
def test_code_hidden_in_a_model_that_looks_like_ours_is_refused(class_name, registered_name, tmp_path):
    path = tmp_path / "ours.keras"
    build_network("conv", 4).save(path)
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(files["config.json"])
    config["config"]["layers"].append({"module": "keras.layers", "class_name": class_name, "config": {},
                                       "registered_name": registered_name, "name": "x", "inbound_nodes": []})
    files["config.json"] = json.dumps(config).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    with pytest.raises(DataError, match=class_name):
        load_base(str(path))
    with pytest.raises(DataError, match="tas nav šīs programmas"):
        load_model(path)


@pytest.mark.parametrize("architecture", ["bilstm", "conv"])
def test_a_base_of_ours_gives_its_encoder(architecture, tmp_path):
    trained = new_network(architecture, {**made.CHAR_MAP, "c": 4}, None, made.recordings(), 5)
    trained.save(tmp_path / "base.keras")
    base = load_base(str(tmp_path / "base.keras"))
    network = new_network(architecture, made.CHAR_MAP, base, made.recordings(), 1)
    for layer in trained.layers:
        if layer.name != HEAD:
            for ours, theirs in zip(network.get_layer(layer.name).get_weights(), layer.get_weights()):
                np.testing.assert_array_equal(ours, theirs)


def test_a_finished_experiment_gives_its_encoder_and_what_its_head_knows_of_the_same_signs(tmp_path):
    theirs = {"b": 0, "ž": 1, "a": 2}
    trained = new_network("conv", theirs, None, made.recordings(), 5)
    prediction_model(trained).save(tmp_path / "lzv_prediction_model_final_exp3.keras")
    write_json(tmp_path / "char_map.json", theirs)
    base = load_base(str(tmp_path / "lzv_prediction_model_final_exp3.keras"))
    network, fresh = (new_network("conv", made.CHAR_MAP, one, made.recordings(), 1) for one in (base, None))
    (kernel, bias), (known, known_bias) = network.get_layer(HEAD).get_weights(), trained.get_layer(HEAD).get_weights()
    for sign in "ab":
        np.testing.assert_array_equal(kernel[:, made.CHAR_MAP[sign]], known[:, theirs[sign]])
    np.testing.assert_array_equal(kernel[:, -1], known[:, -1])
    assert bias[-1] == known_bias[-1]
    unknown = made.CHAR_MAP["ā"]
    np.testing.assert_array_equal(kernel[:, unknown], fresh.get_layer(HEAD).get_weights()[0][:, unknown])
    shapes = [one.get_layer("stem").get_weights()[0] for one in (network, trained)]
    np.testing.assert_allclose(*(shape / shape.std() for shape in shapes), rtol=1e-4, atol=1e-6)


def test_an_experiment_that_meets_new_signs_reads_the_old_ones_as_it_did_and_learns_as_fast_as_a_new_network():
    """A long training lets the kernels grow, and steps of the same length change them less."""
    base = load_base(str(EXAMPLE))
    with_new_sign = {"a": 0, "jauna": 1, "8": 2}
    network, fresh = (new_network("conv", with_new_sign, one, made.recordings(), 1) for one in (base, None))
    same = new_network("conv", base.char_map, base, made.recordings(), 1)
    for name in ("stem", "block_1_conv", "block_8_conv"):
        new, grown, unused = (one.get_layer(name).get_weights()[0].std() for one in (network, same, fresh))
        assert abs(new / unused - 1) < 0.05 and grown > 3 * unused
    recording = made.recordings()[0]
    seen = [recording.landmarks[None], np.array([[recording.aspect]], np.float32)]
    before, after = (one.predict(seen, verbose=0)[0] for one in (same, network))
    columns = [base.char_map["a"], base.char_map["8"], -1]
    np.testing.assert_allclose(after[:, [0, 2, 3]], before[:, columns], rtol=1e-3, atol=1e-3)


def test_a_narrower_network_of_ours_goes_into_the_wider_one_and_reads_the_same(tmp_path, monkeypatch):
    with monkeypatch.context() as narrow:
        narrow.setattr("utils.network.CONV_CHANNELS", 48)
        trained = new_network("conv", made.CHAR_MAP, None, made.recordings(), 5)
    trained.save(tmp_path / "narrow.keras")
    write_json(tmp_path / "char_map.json", made.CHAR_MAP)
    network = new_network("conv", made.CHAR_MAP, load_base(str(tmp_path / "narrow.keras")), made.recordings(), 1)
    assert network.count_params() > trained.count_params()
    recording = made.recordings()[0]
    seen = [recording.landmarks[None], np.array([[recording.aspect]], np.float32)]
    np.testing.assert_allclose(network.predict(seen, verbose=0), trained.predict(seen, verbose=0), atol=1e-5)


def test_an_experiment_is_a_base_by_its_number(tmp_path, monkeypatch):
    monkeypatch.setattr("utils.base.from_root", lambda path: tmp_path / path)
    folder = tmp_path / "models/lzv/3"
    folder.mkdir(parents=True)
    with pytest.raises(DataError, match=r"exp3\.keras: bāzes faila nav"):
        load_base(3)
    prediction_model(build_network("conv", 4)).save(folder / "lzv_prediction_model_final_exp3.keras")
    assert load_base(3).classes == 5 and load_base(3).char_map == {}


@pytest.mark.parametrize(("content", "sentence"), [
    (arrays(features=63), r"\(5, 63, 128\).*vajag.*\(5, 126, 128\)"),
    (arrays(classes=46), "klašu skaits ir 46, vajag 60")])
def test_a_base_that_does_not_fit_says_expected_and_found(content, sentence, tmp_path):
    with pytest.raises(DataError, match=sentence):
        load_base(save_npz(tmp_path / "base.npz", content))


def test_a_model_names_no_setting_that_the_oldest_keras_of_the_repository_refuses(tmp_path):
    """Python 3.10 has Keras 3.12: what a newer one writes by itself would keep it from every model of ours."""
    save_model(prediction_model(build_network("conv", 3)), tmp_path / "model.keras")
    for path in (tmp_path / "model.keras", *ROOT.glob("models/*/*/*.keras")):
        with zipfile.ZipFile(path) as archive:
            config = archive.read(CONFIG).decode()
        assert not [name for name in NEWER_SETTINGS if f'"{name}"' in config], path


def test_a_checkpoint_of_training_is_a_base_too(tmp_path):
    network = build_network("conv", 3)
    rate = keras.optimizers.schedules.CosineDecay(1e-3, 10)
    network.compile(keras.optimizers.Adam(rate), loss=lambda labels, logits: 0.0)
    network.save(tmp_path / "checkpoint.keras")
    assert load_base(str(tmp_path / "checkpoint.keras")).architecture == "conv"


def test_a_base_of_another_architecture_is_refused(tmp_path):
    base = load_base(save_npz(tmp_path / "base.npz", arrays()))
    with pytest.raises(DataError, match="«bilstm», vajag «conv»"):
        transfer(base, build_network("conv", 4), made.CHAR_MAP)


@pytest.mark.parametrize("setting", ["nav.keras", "README.md"])
def test_a_missing_or_strange_file_is_named(setting):
    with pytest.raises(DataError, match=setting):
        load_base(setting)


def test_a_file_that_is_no_npz_is_named(tmp_path):
    (tmp_path / "x.npz").write_text("x")
    with pytest.raises(DataError, match="masīvu"):
        load_base(str(tmp_path / "x.npz"))


def test_no_base_is_from_scratch():
    assert load_base(None) is None


def test_the_published_base_of_the_real_files_loads(shared):
    base = load_base(str(shared / "asl_base" / "published_weights.npz"))
    assert sum(array.size for layer in base.arrays.values() for array in layer) == 188_348


def test_nothing_here_switches_safe_loading_off_or_swallows_every_fault():
    for path in (ROOT / "code").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "enable_unsafe_deserialization" not in text
        assert "safe_mode=False" not in text
        assert "except:" not in text
        for caught in text.split("except Exception")[1:]:  # only where it becomes a sentence
            assert caught.splitlines()[1].strip().startswith("raise DataError(")


def test_auto_is_the_example_for_peoples_recordings_of_signs_that_it_knows_and_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr("utils.base.from_root", lambda path: tmp_path / path)
    assert chosen_base("auto", {"a": 0}, True)[0] is None
    for path in (EXAMPLE, OWN_BASE):
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_bytes(b"")
    write_json(tmp_path / EXAMPLE.parent / "char_map.json", {"a": 0, "ā": 1, "b": 2})
    start, why = chosen_base("auto", {"a": 0, "ata": 1, "es": 2, "ne": 3}, True)
    assert start == str(EXAMPLE) and "1 no jūsu 4" in why
    start, why = chosen_base("auto", {"a": 0, "ata": 1, "es": 2, "ne": 3, "ok": 4}, True)
    assert start == str(OWN_BASE) and "ASL" in why and "1 no jūsu 5" in why
    start, why = chosen_base("auto", {"a": 0, "b": 1}, False)
    assert start == str(OWN_BASE) and "cilvēku" in why
    assert chosen_base(3, {"a": 0}, True) == (3, "")
    start, why = chosen_base("auto", {"a": 0, "b": 1}, True, "bilstm")
    assert start is None and "no nulles" in why and "bilstm" in why
