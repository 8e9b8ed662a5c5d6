"""The terminal: one line that renews itself where the terminal allows, and a sign of life while nothing else comes.

Python 3.6 and the standard library only.
"""

import shutil
import sys
import threading
import time

SIGN_OF_LIFE = 8.0  # seconds of silence, at most, where lines cannot be renewed
RENEWED = 1.0  # seconds between two renewals of the clock where they can


def clock(seconds):
    """Seconds as minutes:seconds.

    >>> clock(75.9)
    '1:15'
    """
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


class Terminal:
    """Writes lines that stay, and below them one that says what is being done now and for how long.

    Used as a context: its thread renews the clock. `live` is False where output goes to a file or a pipe: what is
    being done is then written as a line of its own when it changes, and again after eight seconds of silence.
    """

    def __init__(self, stream=None, live=None):
        self.stream = stream or sys.stdout
        self.live = self.stream.isatty() if live is None else live
        self.now, self.since, self.last = "", time.time(), time.time()
        self.lock, self.ended = threading.Lock(), threading.Event()

    def __enter__(self):
        self.thread = threading.Thread(target=self._beat, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()
        with self.lock:
            self.now = ""
            self._clear()
            self.stream.flush()

    def line(self, text):
        """A line that stays."""
        with self.lock:
            self._clear()
            self.stream.write(text + "\n")
            self._renew()

    def begin(self, text):
        """What is being done from now on; its clock starts."""
        with self.lock:
            self.now, self.since = text, time.time()
            self._clear()
            if not self.live and text:
                self.stream.write(text + " …\n")
            self._renew()

    def news(self, text):
        """The newest of what is being done: takes the renewing line's place, its clock goes on."""
        with self.lock:
            self.now = text
            self._clear()
            if not self.live:
                self.stream.write(text + "\n")
            self._renew()

    def _beat(self):
        while not self.ended.wait(RENEWED):
            with self.lock:
                if self.live:
                    self._renew()
                elif self.now and time.time() - self.last > SIGN_OF_LIFE:
                    self.stream.write(f"{self.now} … {clock(time.time() - self.since)}\n")
                    self._renew()

    def _renew(self):
        if self.live and self.now:
            width = shutil.get_terminal_size().columns - 1
            passed = "  " + clock(time.time() - self.since)
            self.stream.write("\r" + self.now[:width - len(passed)].ljust(width - len(passed)) + passed)
        self.last = time.time()
        self.stream.flush()

    def _clear(self):
        if self.live:
            self.stream.write("\r" + " " * (shutil.get_terminal_size().columns - 1) + "\r")
