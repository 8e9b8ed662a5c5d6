"""`python3 code/run.py page`: the reader as a page in the user's browser, served on this machine to it alone.

    python3 code/run.py page [--port N] [--model X] [--tracker hands] [--no-browser]
"""

import asyncio
import errno
import os
import signal
import socket
import sys
import tempfile
import threading
import webbrowser
from pathlib import Path

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

from app.jobs import Jobs
from app.server import Shared, application
from app.words import TRACKER_REMEDY, Option, understood
from ground.environment import quiet
from ground.errors import DataError, in_a_sentence
from ground.settings import check_settings
from recognition.sign_reader import load_reader

OPTIONS = (Option("--port", "ports, piemēram, 8765"), Option("--model", "eksperimenta numurs, mape vai .tflite"),
           Option("--tracker", "auto, holistic vai hands"), Option("--no-browser"))
ADDRESS = "127.0.0.1"  # not to be reached from another machine
PORT, TRIED = 8765, 20
LAST_PORT = 65535
ENDS = ("SIGTERM", "SIGHUP")  # as Ctrl-C: the temporary files are to go away


def main() -> None:
    """Serves the page until Ctrl-C. Raises DataError for a model that cannot be read and for a port that is taken."""
    plain, options = understood(sys.argv[1:], OPTIONS, "page [izvēles]")
    if plain:
        raise DataError(plain[0], "lapa failus komandrindā negaida", "Video ievelciet pašā lapā")
    model, tracker = options.get("model"), options.get("tracker", "auto")
    check_settings({"TRACKER": tracker}, TRACKER_REMEDY)
    load_reader(model)
    sockets = listening(options.get("port"))
    for name in ENDS:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.default_int_handler)
    _keep_own_errors()
    with quiet(), tempfile.TemporaryDirectory(prefix="lzv_page_", ignore_cleanup_errors=True) as folder:
        jobs = Jobs(Path(folder), model, tracker)
        shared = Shared(Path(folder), jobs, model=model, tracker="hands" if tracker == "auto" else tracker)
        try:
            asyncio.run(serve(shared, sockets, "no-browser" not in options))
        except KeyboardInterrupt:
            print("\nLapa ir aizvērta.", flush=True)
    if jobs.busy():
        os._exit(0)  # the thread that reads a video cannot be told to stop


async def serve(shared: Shared, sockets: list[socket.socket], in_browser: bool) -> None:
    """Serves the page on sockets that listen, and says where it is."""
    HTTPServer(application(shared)).add_sockets(sockets)
    address = f"http://{ADDRESS}:{sockets[0].getsockname()[1]}/"
    print(f"Lapa: {address}\nLai to aizvērtu, nospiediet Ctrl-C.", flush=True)
    if in_browser:
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
    await asyncio.Event().wait()


def listening(wanted: str | None) -> list[socket.socket]:
    """Sockets on the port that the user wants, else on the first free one from the usual on. Raises DataError when
    there is none."""
    if wanted is not None:
        return _on(_port(wanted), "Norādiet citu portu vai palaidiet bez --port")
    for port in range(PORT, PORT + TRIED):
        try:
            sockets = _on(port, "")
        except DataError:
            continue
        if port != PORT:
            print(f"Ports {PORT} ir aizņemts, tāpēc lapa ir portā {port}.", flush=True)
        return sockets
    raise DataError("Porti", f"no {PORT} līdz {PORT + TRIED - 1} visi ir aizņemti", "Norādiet citu: --port 9000")


def _on(port: int, remedy: str) -> list[socket.socket]:
    try:
        return bind_sockets(port, ADDRESS)
    except OSError as error:
        fault = "to jau lieto cita programma" if error.errno == errno.EADDRINUSE else f"neder ({error.strerror})"
        raise DataError(f"Ports {port}", fault, remedy) from None


def _port(word: str) -> int:
    if not word.isdecimal() or int(word) > LAST_PORT:
        raise DataError("--port", f"«{word}» nav porta numurs", "Vajag skaitli, piemēram, 8765")
    return int(word)


def _keep_own_errors() -> None:
    """Gives Python's own errors a way to the terminal past `quiet`, which is for what C++ libraries write."""
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1, encoding="utf-8", errors="replace")


if __name__ == "__main__":
    in_a_sentence(main)
