"""Work spread over a cluster (dask.distributed): this machine's cores, or machines that share a folder.

A job whose worker dies goes to another one; what jobs write is whole or not there, so nothing is lost and nothing
written twice. Source: the documentation of Dask.distributed, "Resilience".
"""

import contextlib
import importlib
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from pathlib import Path

from ground.errors import DataError

LOCAL = "dask"
LOOKED_AFTER = 2.0  # seconds
ALONE = 60.0  # seconds without any worker
ANSWER = "Vai plānotājs ir palaists? Adresi tas pasaka, kad sāk: tcp://…:8786"
NO_CODE = ("klastera datori neatrod šīs programmas kodu vai pakotnes",
           "Palaidiet tos ar repozitorija vidi un PYTHONPATH, kas rāda uz mapi code")
NO_CODE_TO_PLAN = ("klastera plānotājs neatrod šīs programmas kodu vai pakotnes",
                   "Palaidiet to ar repozitorija vidi un PYTHONPATH, kas rāda uz mapi code")


@contextlib.contextmanager
def cluster(where: str, unready: Callable[[], str]) -> Iterator:
    """A client of the scheduler at an address ("tcp://host:8786"), or of a new cluster of this machine's cores
    ("dask"). Each worker is asked `unready`, what it lacks ("": nothing). Raises DataError for that, and where the
    scheduler cannot be reached, or it or the workers do not find our code."""
    try:
        import distributed
    except ImportError:
        raise DataError("PROCESSES", "klasterim vajag pakotni distributed",
                        "Palaidiet: pip install -r requirements-cluster.txt") from None
    with contextlib.ExitStack() as stack:
        try:
            # Without a limit: a worker that Dask stops for its memory would wait for ever.
            own = stack.enter_context(distributed.LocalCluster(
                n_workers=os.cpu_count(), threads_per_worker=1, memory_limit=0, dashboard_address=None)
            ) if where == LOCAL else None
            client = stack.enter_context(distributed.Client(own or where, timeout="20s"))
        except (OSError, distributed.TimeoutError, ValueError):
            raise DataError("PROCESSES", f"klastera plānotājs «{where}» neatbild", ANSWER) from None
        try:
            client.run_on_scheduler(importlib.import_module, "frames.extraction")  # it unpickles the work, too
        except ImportError:
            raise DataError("PROCESSES", *NO_CODE_TO_PLAN) from None
        if not client.nthreads():
            raise DataError("PROCESSES", f"plānotājam «{where}» nav neviena datora", "Palaidiet tajos «dask worker»")
        try:
            answers = client.run(unready)
        except ImportError:
            raise DataError("PROCESSES", *NO_CODE) from None
        for name, lacking in answers.items():
            if lacking:
                raise DataError("PROCESSES", f"klastera datoram {name} {lacking}",
                                "Tajā vajag tās pašas mapes ar tiem pašiem ceļiem un tās pašas pakotnes")
        yield client


def cores(client) -> int:
    """How many jobs can be in work at once."""
    return max(1, sum(client.nthreads().values()))


def results(client, work: Callable, jobs: list[dict], *given) -> Iterator[tuple[dict, object]]:
    """Each job with what `work(job, *given)` returned, as they end; None where one worker after another died of it.
    No job waits at a worker, so that none is blamed for another. A worker that is gone is told in a sentence. Raises
    DataError when none is left, and when the scheduler is gone."""
    import distributed

    waiting, pending = list(reversed(jobs)), {}
    known, alone_since = set(client.nthreads()), None
    try:
        while waiting or pending:
            while waiting and len(pending) < cores(client):
                job = waiting.pop()
                pending[client.submit(work, job, *given, pure=False)] = job
            done = ()
            with contextlib.suppress(distributed.TimeoutError):
                done = distributed.wait(list(pending), LOOKED_AFTER, "FIRST_COMPLETED").done
            for future in done:
                job, fault = pending.pop(future), future.exception()
                if isinstance(fault, ImportError):
                    raise DataError("PROCESSES", *NO_CODE)
                yield job, None if isinstance(fault, distributed.KilledWorker) else future.result()
            known, alone_since = _look_after(client, known, alone_since)
    except (OSError, CancelledError) as error:
        raise DataError("PROCESSES", "klastera plānotājs vairs neatbild; pabeigtie video ir saglabāti",
                        f"{ANSWER}. Palaidiet šūnu vēlreiz") from error


def _look_after(client, known: set[str], alone_since: float | None) -> tuple[set[str], float | None]:
    there = set(client.nthreads())
    if lost := known - there:
        then = "tā darbs nodots pārējiem" if there else "citu nav; minūti gaida, vai kāds pievienojas"
        print(f"\n⚠ Klasterī pazuda {', '.join(sorted(lost))}; {then}.")
    if there:
        return there, None
    alone_since = alone_since or time.monotonic()
    if time.monotonic() - alone_since > ALONE:
        raise DataError("PROCESSES", "klasterī vairs nav neviena datora; pabeigtie video ir saglabāti",
                        "Palaidiet datorus un šūnu vēlreiz")
    return there, alone_since


def lacking_folder(folders: list[str]) -> str:
    """What a worker says of folders that it does not see."""
    return next((f"nav mapes {folder}" for folder in folders if not Path(folder).is_dir()), "")
