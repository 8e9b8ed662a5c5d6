"""Work spread over a cluster (dask.distributed): this machine's cores, or machines that share a folder.

A job whose worker dies goes to another one; what jobs write is whole or not there, so nothing is lost and nothing
written twice. Source: the documentation of Dask.distributed, "Resilience".
"""

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from ground.errors import DataError

LOCAL = "dask"
AHEAD = 2  # jobs that wait at each core
LOOKED_AFTER = 2.0  # seconds
ALONE = 60.0  # seconds without any worker
KILLED = "process apstājās, kad to apstrādāja, vairākos datoros pēc kārtas"


@contextlib.contextmanager
def cluster(where: str, folder: Path) -> Iterator:
    """A client of the scheduler at an address ("tcp://host:8786"), or of a new cluster of this machine's cores
    ("dask"). Raises DataError where it cannot be reached, or its workers see neither our code nor the `folder`."""
    try:
        import distributed
    except ImportError:
        raise DataError("PROCESSES", "klasterim vajag pakotni distributed",
                        "Uzstādiet to: .venv/bin/pip install -r requirements-cluster.txt") from None
    own = distributed.LocalCluster(n_workers=os.cpu_count(), threads_per_worker=1, dashboard_address=None
                                   ) if where == LOCAL else None
    try:
        client = distributed.Client(own or where, timeout="20s")
    except (OSError, TimeoutError, ValueError):
        raise DataError("PROCESSES", f"klastera plānotājs «{where}» neatbild",
                        "Vai tas ir palaists? Adresi tas pasaka, kad sāk: tcp://…:8786") from None
    with client, own or contextlib.nullcontext():
        if not client.scheduler_info()["workers"]:
            raise DataError("PROCESSES", f"plānotājam «{where}» nav neviena datora", "Palaidiet tajos «dask worker»")
        try:
            seen = client.run(sees, str(folder))
        except ModuleNotFoundError:
            raise DataError("PROCESSES", "klastera datori neatrod šīs programmas kodu",
                            "Palaidiet tos ar PYTHONPATH, kas rāda uz repozitorija mapi code") from None
        if blind := [name for name, there in seen.items() if not there]:
            raise DataError(str(folder), f"šo mapi neredz klastera dators {blind[0]}",
                            "Mapei visos datoros jābūt ar vienu ceļu")
        yield client


def sees(folder: str) -> bool:
    """Whether a worker sees a folder."""
    return Path(folder).is_dir()


def cores(client) -> int:
    """How many jobs can be in work at once."""
    return max(1, sum(client.nthreads().values()))


def results(client, work: Callable, jobs: list[dict], *given) -> Iterator[tuple[dict, object]]:
    """Each job with what `work(job, *given)` returned, as they end; None where the job killed one worker after another.
    A worker that is gone is told in a sentence. Raises DataError when none is left."""
    import distributed

    waiting, pending = list(reversed(jobs)), {}
    known, alone_since = set(client.nthreads()), None
    while waiting or pending:
        while waiting and len(pending) < AHEAD * cores(client):
            job = waiting.pop()
            pending[client.submit(work, job, *given, pure=False)] = job
        done = ()
        with contextlib.suppress(TimeoutError):
            done = distributed.wait(list(pending), LOOKED_AFTER, "FIRST_COMPLETED").done
        for future in done:
            job = pending.pop(future)
            yield job, None if isinstance(future.exception(), distributed.KilledWorker) else future.result()
        known, alone_since = _look_after(client, known, alone_since)


def _look_after(client, known: set[str], alone_since: float | None) -> tuple[set[str], float | None]:
    there = set(client.scheduler_info()["workers"])
    if lost := known - there:
        print(f"\n⚠ Klasterī pazuda {', '.join(sorted(lost))}; tā darbs nodots pārējiem.")
    if there:
        return there, None
    alone_since = alone_since or time.monotonic()
    if time.monotonic() - alone_since > ALONE:
        raise DataError("PROCESSES", "klasterī vairs nav neviena datora; pabeigtie video ir saglabāti",
                        "Palaidiet datorus un šūnu vēlreiz")
    return there, alone_since
