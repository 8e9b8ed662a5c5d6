"""What goes wrong around the data: full disks, folders that cannot be written to, foreign files. Each a sentence."""

import errno
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import made
import numpy as np
import pandas as pd
import pytest
from nbclient.exceptions import DeadKernelError

import execute
from ground.errors import DataError
from ground.files import ROOT, written_whole
from ground.kinds import Number
from ground.landmarks import save_array
from ground.options import numbers_of
from ground.signs import load_char_map, read_phrase
from ground.table import TABLE_NAME, write_table
from signer.alphabet import load_alphabet
from signer.corpus import fresh_practice, write_practice
from signer.phrases import spell_in
from signer.rendered_set import rendered_recordings
from utils.base import load_base
from utils.dataset import write_dataset
from utils.experiment import finished_experiments, foreign_experiments, start_experiment
from utils.split import split_recordings

LZV = load_char_map(ROOT / "char_map.json")
ALPHABET = ROOT / "code" / "alphabets" / "lzv.json"
RENDERED = ROOT / "data" / "rendered_test" / "lzv.npz"
FULL = """
import resource, sys
sys.path.insert(0, {code!r})
from pathlib import Path
import numpy as np
from ground.errors import DataError
from ground.landmarks import save_array
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    save_array(Path({path!r}), np.ones((100, 543, 3), np.float32))
except DataError as error:
    print(error)
"""


@pytest.fixture
def folder():
    """A folder, and nobody's rights while the test runs: root may write everywhere."""
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o777)
        root = hasattr(os, "geteuid") and os.geteuid() == 0
        if root:
            os.seteuid(65534)
        yield Path(name)
        if root:
            os.seteuid(0)
        for path in Path(name).rglob("*"):
            if path.is_dir():
                os.chmod(path, 0o777)


@pytest.mark.skipif(sys.platform == "win32", reason="there a file is its folder's")
def test_a_file_keeps_its_rights_and_a_new_one_has_those_that_its_owner_wants(tmp_path):
    program = ("import os, pathlib, sys; os.umask(0o077); from ground.files import written_whole\n"
               "for name in ('old', 'new'):\n"
               "    with written_whole(pathlib.Path(name)) as path: path.write_text('x')")
    (tmp_path / "old").touch()
    (tmp_path / "old").chmod(0o664)
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True,
                   env={**os.environ, "PYTHONPATH": str(ROOT / "code")})
    assert [(tmp_path / name).stat().st_mode & 0o777 for name in ("old", "new")] == [0o664, 0o600]


def test_a_number_that_is_empty_is_named():
    with pytest.raises(DataError, match="MINUTES: ir ''"):
        numbers_of({"MINUTES": "", "ASPECT": ""}, {"MINUTES": Number(0, 9), "ASPECT": Number(0, 9)}, ("ASPECT",))


@pytest.mark.skipif(sys.platform == "win32", reason="no limits for a process")
def test_a_disk_that_is_full_in_the_midst_of_an_array(tmp_path):
    path = tmp_path / "a" / "a_0001.npy"
    program = FULL.format(code=str(ROOT / "code"), path=str(path))
    told = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
    assert "disks ir pilns" in told
    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT if hasattr(errno, "EDQUOT") else errno.ENOSPC])
def test_a_full_disk_and_a_used_up_share_are_one(code, tmp_path):
    with pytest.raises(DataError, match="disks ir pilns"), written_whole(tmp_path / "x.json"):
        raise OSError(code, "full")


def save(folder):
    save_array(folder / "a" / "a_0001.npy", made.array(["a"]))


def table(folder):
    write_table(folder / TABLE_NAME, [{"name": "a_0001"}])


def records(folder):
    split = split_recordings(made.recordings(), pd.DataFrame(), "phrase", 0.2, 1)
    write_dataset(split, made.CHAR_MAP, folder, folder / "dataset_info.json", "x", folder, {})


def experiment(folder):
    start_experiment(folder, made.CHAR_MAP)


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are others there")
@pytest.mark.parametrize("write", [save, table, records, experiment])
def test_a_folder_that_cannot_be_written_to_and_a_file_in_its_place(write, folder):
    closed = folder / "closed"
    closed.mkdir(mode=0o555)
    with pytest.raises(DataError, match=r"closed.*nedrīkst rakstīt\. Dodiet atļauju"):
        write(closed)
    (folder / "file").write_text("x")
    for place in (folder / "file", folder / "file" / "below"):
        with pytest.raises(DataError, match="mapes vietā ir fails"):
            write(place)


def test_a_cut_or_foreign_test_file_is_named(tmp_path):
    whole = RENDERED.read_bytes()
    for name, content in {"cut": whole[:len(whole) // 2], "zeros": whole[:9000] + bytes(9000) + whole[18000:],
                          "text": b"x"}.items():
        path = tmp_path / f"{name}.npz"
        path.write_bytes(content)
        with pytest.raises(DataError, match="bojāts"):
            rendered_recordings(path, LZV)
    fields = dict(np.load(RENDERED))
    np.savez(tmp_path / "short.npz", **{**fields, "landmarks": fields["landmarks"][:-5]})
    with pytest.raises(DataError, match="bojāts"):
        rendered_recordings(tmp_path / "short.npz", LZV)


def test_a_base_with_zeros_in_it_is_named(tmp_path):
    whole = (ROOT / "models" / "asl" / "42" / "cslr_model_best_42.keras").read_bytes()
    for number, start in enumerate((0, len(whole) // 2, len(whole) - 2000)):
        path = tmp_path / f"{number}.keras"
        path.write_bytes(whole[:start] + bytes(2000) + whole[start + 2000:])
        with pytest.raises(DataError):
            load_base(path)


def test_foreign_folders_among_the_experiments_are_named_and_in_nobodys_way(tmp_path):
    (tmp_path / "²").mkdir()
    for number, content in ((7, None), (8, {"a": 1}), (9, {"model_architecture_fine_tuned": [], "results": 3})):
        (tmp_path / str(number)).mkdir()
        if content is not None:
            (tmp_path / str(number) / f"lzv_exp_data_{number}.json").write_text(json.dumps(content))
    assert finished_experiments(tmp_path) == []
    sentences = foreign_experiments(tmp_path)
    assert len(sentences) == 3
    assert all("salīdzinājumā nav" in sentence for sentence in sentences)
    assert start_experiment(tmp_path, made.CHAR_MAP).number == 10


@pytest.mark.parametrize(("part", "value"), [("handshape", ["fist"]), ("orientation", [1]), ("movement", ["slide"]),
                                             ("movement", {"type": ["slide"]}), ("uncertain", ["x"]),
                                             ("movement", {"type": "slide", "direction": [["up"]], "size": 1}),
                                             ("second_hand", ["mirror"]), ("handshape", 3)])
def test_a_list_where_an_alphabet_wants_a_name(part, value, tmp_path):
    content = json.loads(ALPHABET.read_text(encoding="utf-8"))
    content["signs"]["a"] = {**content["signs"]["b"], **content["signs"]["a"], part: value}
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(DataError, match="zīme «a»"):
        load_alphabet(path)


@pytest.mark.parametrize("sign", ["-", "/", "..", "\\", "a-b", ".", "a\n"])
def test_a_sign_that_no_folder_can_carry_is_named(sign, tmp_path):
    path = tmp_path / "char_map.json"
    path.write_text(json.dumps({"a": 0, sign: 1}), encoding="utf-8")
    with pytest.raises(DataError, match="nevar ierakstīt mapes nosaukumā"):
        load_char_map(path)
    assert len(load_char_map(path, in_folders=False)) == 2


def test_fresh_practice_ends_where_every_phrase_is_judged():
    alphabet = load_alphabet(ALPHABET)
    judged = {"-".join("a" * length) for length in range(1, 20)}
    with pytest.raises(DataError, match="FRESH_PRACTICE = False"):
        fresh_practice(alphabet, [["a"]], {"a": 0}, judged)
    renewed = fresh_practice(alphabet, [], {"a": 0}, {"a"})(made.recording(["a"]), np.random.default_rng(0))
    assert set(renewed.signs) == {"a"} and len(renewed.signs) > 1


def test_practice_keeps_what_is_typed_meanwhile(tmp_path, monkeypatch):
    alphabet = load_alphabet(ALPHABET)
    path = tmp_path / TABLE_NAME
    write_table(path, [{"name": "a_0001", "source": "a/1.mp4", "status": "gatavs"}])
    real = save_array

    def types(target, array):
        write_table(path, [{"name": "a_0001", "source": "a/1.mp4", "status": "gatavs", "signer": "Anna"}])
        real(target, array)

    monkeypatch.setattr("signer.corpus.save_array", types)
    result = write_practice(tmp_path, alphabet, ALPHABET, [], {"a": 0, "b": 1}, 2, 1)
    assert result.loc["a_0001", "signer"] == "Anna"
    assert len(result) == 3


@pytest.mark.parametrize(("name", "hint"), [
    ("a_b", "a-b"), ("g-u-n-t-a - Copy", "g-u-n-t-a"), ("g-u-n-t-a (2)", "g-u-n-t-a"), ("gunta", "g-u-n-t-a"),
    ("g-u-n-t-a - kopija", "g-u-n-t-a"), ("g–u", "g-u"), ("a-b – kopija", "a-b"), ("Copy of a-b", "a-b"),
    ("g-u-n-t-a 2", "g-u-n-t-a"), ("g-u-n-t-a (kopija)", "g-u-n-t-a")])
def test_a_folder_that_is_nearly_a_phrase_gets_a_hint(name, hint):
    with pytest.raises(DataError, match=f"ja tā ir frāze {hint}, nosauciet"):
        read_phrase(name, LZV)


def test_spellings_that_can_mean_one_thing_only_are_understood():
    assert read_phrase("k-\u00a0-t", LZV) == ["k", " ", "t"]
    assert read_phrase("k\u2011\u200bt", LZV) == ["k", "t"]
    assert read_phrase("a-b", {"A": 0, "B": 1}) == ["A", "B"]
    assert spell_in("r-ī-g-a", load_alphabet(ALPHABET), "SHOWN_PHRASE", "") == ["r", "ī", "g", "a"]


def test_a_kernel_that_found_its_port_taken_is_started_again(tmp_path, monkeypatch):
    starts = []
    real = execute.Watched.execute

    def taken(self, **known):
        starts.append(1)
        if len(starts) < 3:
            raise RuntimeError("Kernel died before replying to kernel_info")
        return real(self, **known)

    nb = tmp_path / "code"
    nb.mkdir()
    (nb / "x.ipynb").write_text(json.dumps({"cells": [], "metadata": {"kernelspec": {
        "name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}}, "nbformat": 4,
        "nbformat_minor": 5}))
    monkeypatch.setattr(execute, "CODE", nb)
    monkeypatch.setattr(execute.Watched, "execute", taken)
    assert execute.execute("x", {}, tmp_path / "outputs") == 0
    assert len(starts) == 3


def test_a_kernel_that_dies_in_a_cell_is_not_started_again(tmp_path, monkeypatch):
    starts = []

    def dies(self, **known):
        starts.append(1)
        execute.Watched.began = True
        raise DeadKernelError

    monkeypatch.setattr(execute.Watched, "execute", dies)
    assert execute.execute("preprocess_landmarks", {}, tmp_path / "outputs") == 1
    assert len(starts) == 1
