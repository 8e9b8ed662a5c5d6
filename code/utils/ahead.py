"""Practice made by processes beside the training: a GPU learns faster than one thread makes new recordings."""

import contextlib
import functools
import signal
import tempfile
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import joblib
import numpy as np
from joblib.externals import cloudpickle
from joblib.externals.loky import ProcessPoolExecutor
from joblib.externals.loky.process_executor import BrokenProcessPool

from ground.errors import DataError
from utils.recordings import Recording

Make = Callable[[list[Recording], np.random.Generator], list[Recording]]
MOST_PROCESSES = 8  # an epoch of the ASL base: 7 s on an H200, of which practice would be 8 s on one core
KEPT_FREE = 2  # cores for the training itself
#: A process beside learns nothing, and is one of several: on one core each.
ENVIRONMENT = {"CUDA_VISIBLE_DEVICES": "-1"} | dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
PARTS = MOST_PROCESSES  # of a pool, however many processes there are: the same seed gives the same practice
POOLS_AHEAD = 2


class Beside(NamedTuple):
    """Processes, and the folder in which they find what they need."""

    executor: ProcessPoolExecutor
    folder: Path


@contextlib.contextmanager
def processes_beside(devices: int) -> Iterator[Beside | None]:
    """Processes that make practice while so many GPUs learn; they end with the block. None: the training's own thread
    makes it, as on a processor, which has no core to spare."""
    count = min(MOST_PROCESSES, joblib.cpu_count() - KEPT_FREE) if devices else 0
    if count < 1:
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        executor = ProcessPoolExecutor(count, env=ENVIRONMENT, initializer=_leave_the_stop)
        try:
            yield Beside(executor, Path(folder))
        finally:
            executor.shutdown()  # what is under way is finished: a process that is killed leaves its part in the pipe


def made_ahead(pools: Iterator[list[Recording]], make: Make, rng: np.random.Generator,
               beside: Beside | None) -> Iterator[list[Recording]]:
    """make(pool, rng) of each of endlessly many pools, in their order. Processes `beside` make each pool in PARTS, and
    the pools after it too, with seeds drawn from `rng`.

    Raises what `make` raises, and DataError when a process beside dies.
    """
    if not beside:
        yield from (make(pool, rng) for pool in pools)
        return
    # In a file, not with every part; and each process imports what it needs while the others do.
    with tempfile.NamedTemporaryFile(dir=beside.folder, delete=False) as file:
        cloudpickle.dump(make, file)
    coming: deque = deque()
    try:
        for pool in pools:
            coming.append([beside.executor.submit(_made, Path(file.name), pool[part::PARTS], int(rng.integers(2**31)))
                           for part in range(PARTS)])
            if len(coming) > POOLS_AHEAD:
                yield [recording for part in coming.popleft() for recording in part.result()]
    except BrokenProcessPool as error:
        raise DataError("Vingrinājumi", "process, kas tos gatavo videokartei, apstājās (parasti pietrūkst atmiņas)",
                        "Aizveriet citas programmas un palaidiet šūnu vēlreiz") from error


def _leave_the_stop() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the stop button reaches every process: the training answers it


def _made(needed: Path, pool: list[Recording], seed: int) -> list[Recording]:
    return _read(needed)(pool, np.random.default_rng(seed))


@functools.lru_cache(maxsize=1)
def _read(needed: Path) -> Make:
    return cloudpickle.loads(needed.read_bytes())
