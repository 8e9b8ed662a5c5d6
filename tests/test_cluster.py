"""Extraction on a cluster: two workers of dask.distributed on this machine."""

import functools
import json
import os
import signal
import subprocess
import sys
import threading
import time

import made
import numpy as np
import pytest

pytest.importorskip("distributed", reason="requirements-cluster.txt is not installed")

import distributed

from frames import cluster, extraction
from frames.extraction import extract_all
from ground.errors import DataError
from ground.landmarks import load_array
from ground.table import DONE

VIDEOS = 8


@pytest.fixture(scope="module")
def two_workers():
    code = os.pathsep.join([str(made.Path(cluster.__file__).parents[1]), str(made.Path(__file__).parent)])
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None,
                                  env={"PYTHONPATH": code}) as running:
        yield running


def corpus(folder):
    for number in range(VIDEOS):
        path = folder / "videos" / "a-b" / f"{number}.mp4"
        made.save_video(path, frames=6 + number)
    return folder / "videos", folder / "arrays"


def seen_hand(path, mirror, tracker="auto"):
    """In the place of MediaPipe: a hand that its video's name determines, after a while; it leaves a mark."""
    time.sleep(2.5 if path.stem == "0" else 0.5)  # longer than the cluster waits for one
    (path.parents[2] / f"{path.stem}.{time.monotonic_ns()}.mark").touch()
    facts = extraction.VideoFacts(6, 64, 48, 0.6)
    return made.array(["a", "b"], int(path.stem)), facts, "holistic"


@pytest.fixture
def quick(monkeypatch, two_workers):
    def replace():
        from test_cluster import seen_hand as hand

        from frames import extraction as there
        there.extract_video = hand

    with distributed.Client(two_workers) as client:
        client.run(replace)
        client.register_worker_callbacks(replace)  # those that stand up again after they died, too
    monkeypatch.setattr(extraction, "extract_video", seen_hand)


def test_a_cluster_gives_the_arrays_of_one_process(tmp_path, two_workers, quick):
    videos, arrays = corpus(tmp_path)
    table = extract_all(videos, arrays, made.CHAR_MAP, [], two_workers.scheduler_address, progress=False)
    assert (table["status"] == DONE).all() and len(table) == VIDEOS
    alone = extract_all(videos, tmp_path / "alone", made.CHAR_MAP, [], 1, progress=False)
    assert list(alone.index) == list(table.index)
    for name in table.index:
        np.testing.assert_array_equal(load_array(arrays / "a-b" / f"{name}.npy"),
                                      load_array(tmp_path / "alone/a-b" / f"{name}.npy"))


def test_a_killed_worker_loses_nothing_and_doubles_nothing(tmp_path, two_workers, quick, capsys):
    videos, arrays = corpus(tmp_path)
    with distributed.Client(two_workers) as client:
        victim = min(client.run(os.getpid).values())
    threading.Timer(1.2, os.kill, (victim, signal.SIGKILL)).start()
    table = extract_all(videos, arrays, made.CHAR_MAP, [], two_workers.scheduler_address, progress=False)
    assert (table["status"] == DONE).all() and sorted(table["source"]) == [f"a-b/{n}.mp4" for n in range(VIDEOS)]
    assert len(list(arrays.rglob("*.npy"))) == VIDEOS
    assert capsys.readouterr().out.count("Klasterī pazuda") == 1
    assert VIDEOS <= len(list(tmp_path.glob("*.mark"))) <= VIDEOS + 1  # what the killed one had in work, once more


def test_a_scheduler_that_does_not_answer_and_a_folder_nobody_sees_are_told(tmp_path, two_workers):
    with pytest.raises(DataError, match="neatbild"), cluster.cluster("tcp://127.0.0.1:1", str):
        pass
    ready = functools.partial(extraction.unready, [str(tmp_path), str(tmp_path / "nowhere")], False)
    with pytest.raises(DataError, match=r"nav mapes .*nowhere"), cluster.cluster(two_workers.scheduler_address, ready):
        pass


def test_a_scheduler_without_our_code_is_told_and_with_it_a_cluster_works(tmp_path):
    """As docs/large has it: a scheduler and a worker started by hand, each a process of its own."""
    code = str(made.Path(cluster.__file__).parents[1])

    def started(module, *words, **path):
        surroundings = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | path
        return subprocess.Popen([sys.executable, "-m", f"distributed.cli.dask_{module}", *words], env=surroundings,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=tmp_path)

    def scheduler(name, **path):
        where = tmp_path / name
        process = started("scheduler", "--port", "0", "--no-dashboard", "--host", "127.0.0.1", "--scheduler-file",
                          str(where), **path)
        while not (where.exists() and where.read_text()):
            time.sleep(0.1)
        return process, json.loads(where.read_text())["address"]

    without, address = scheduler("without")
    with without:
        with pytest.raises(DataError, match="plānotājs neatrod"), cluster.cluster(address, str):
            pass
        without.kill()
    planner, address = scheduler("with", PYTHONPATH=code)
    with planner, started("worker", address, "--nthreads", "1", "--no-dashboard", PYTHONPATH=code) as worker:
        with distributed.Client(address) as client:
            client.wait_for_workers(1, timeout=60)
        with cluster.cluster(address, str) as client:
            folders = [str(tmp_path / "nowhere")]
            assert [answer for _, answer in cluster.results(client, extraction.unready, [folders], False)] == [
                f"nav mapes {folders[0]}"]
        worker.kill()
        planner.kill()


def test_this_machines_cores_are_a_cluster_too():
    with cluster.cluster("dask", str) as client:
        jobs = [{"name": str(number)} for number in range(5)]
        done = dict((job["name"], name) for job, name in cluster.results(client, name_of_job, jobs))
    assert done == {str(number): str(number) for number in range(5)}


def name_of_job(job):
    return job["name"]
