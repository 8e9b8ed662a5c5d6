"""Practice made by processes beside the training: a GPU learns faster than one thread makes new recordings."""

import os
import signal
import tempfile
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from joblib.externals import cloudpickle
from joblib.externals.loky import ProcessPoolExecutor

from utils.recordings import Recording

Make = Callable[[list[Recording], np.random.Generator], list[Recording]]
MOST_PROCESSES = 8  # an epoch of the ASL base: 7 s on an H200, of which practice would be 8 s on one core
KEPT_FREE = 2  # cores for the training itself
#: A process beside learns nothing, and is one of several: on one core each.
ENVIRONMENT = {"CUDA_VISIBLE_DEVICES": "-1"} | dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
POOLS_AHEAD = 2
IDLE = 300  # seconds after which a process ends that nobody wants anything of

_make: Make | None = None  # in a process beside: what it was given when it started


def processes_beside(devices: int) -> int:
    """How many processes make practice where so many GPUs learn. 0: the training's own thread makes it, as on a
    processor, which has no core to spare."""
    spare = (os.cpu_count() or 1) - KEPT_FREE
    return min(MOST_PROCESSES, max(0, spare)) if devices else 0


def made_ahead(pools: Iterator[list[Recording]], make: Make, rng: np.random.Generator,
               processes: int) -> Iterator[list[Recording]]:
    """make(pool, rng) of each of endlessly many pools, in their order. With `processes` each pool is made in that many
    parts at once, and so are the pools after it, with seeds drawn from `rng`: the same seed and as many processes give
    the same recordings.

    Raises what `make` raises.
    """
    if not processes:
        yield from (make(pool, rng) for pool in pools)
        return
    with tempfile.TemporaryDirectory() as folder:
        # In a file, not as an argument: a process would be waited for until it has imported all that `make` needs.
        needed = Path(folder) / "make"
        needed.write_bytes(cloudpickle.dumps(make))
        beside = ProcessPoolExecutor(processes, timeout=IDLE, env=ENVIRONMENT, initializer=_take, initargs=(needed,))
        coming: deque = deque()
        try:
            for pool in pools:
                coming.append([beside.submit(_made, pool[part::processes], int(rng.integers(2**31)))
                               for part in range(processes)])
                if len(coming) > POOLS_AHEAD:
                    yield [recording for part in coming.popleft() for recording in part.result()]
        finally:
            beside.shutdown(wait=False, kill_workers=True)


def _take(needed: Path) -> None:
    global _make
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the stop button reaches every process: the training answers it
    _make = cloudpickle.loads(needed.read_bytes())


def _made(pool: list[Recording], seed: int) -> list[Recording]:
    return _make(pool, np.random.default_rng(seed))
