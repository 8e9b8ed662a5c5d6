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

    Used as a context: its thread renews the clock. What is done stays as a line with its time. `live` is False where
    output goes to a file or a pipe: what is being done is then written as a line of its own when it changes, and again
    after eight seconds of silence.
    """

    def __init__(self, stream=None, live=None):
        self.stream = stream or sys.stdout
        self.live = self.stream.isatty() if live is None else live
        self.task, self.newest = "", ""  # what is being done, and the newest of it
        self.since = self.last = time.time()
        self.lock, self.ended = threading.Lock(), threading.Event()

    def __enter__(self):
        self.thread = threading.Thread(target=self._beat, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.begin("")
        self.ended.set()
        self.thread.join()

    def line(self, text):
        """A line that stays; what was being done is done."""
        self.begin("")
        with self.lock:
            self._write(text + "\n")

    def begin(self, text):
        """What is being done from now on; its clock starts. What was being done stays as a line with its time."""
        with self.lock:
            self._clear()
            if self.live:
                done = self._fitted(self.task, True).rstrip() + "\n" if self.task else ""
                self._write(done + (self._fitted(self.newest, False).rstrip() + "\n" if self.newest else ""))
            elif text:
                self._write(text + " …\n")
            self.task, self.newest, self.since = text, "", time.time()
            self._renew()

    def news(self, text):
        """The newest of what is being done: takes the renewing line's place, its clock goes on."""
        with self.lock:
            self.newest = text
            self._clear()
            if self.live:
                self._renew()
            else:
                self._write(text + "\n")

    def _beat(self):
        while not self.ended.wait(RENEWED):
            with self.lock:
                if self.live:
                    self._renew()
                elif self.task and time.time() - self.last > SIGN_OF_LIFE:
                    self._write(f"{self.newest or self.task} … {clock(time.time() - self.since)}\n")

    def _renew(self):
        if self.live and self.task:
            self._write("\r" + self._fitted(self.newest or self.task, True))

    def _clear(self):
        if self.live and self.task:
            self._write("\r" + self._fitted("", False) + "\r")

    def _fitted(self, text, clocked):
        """The text, and the clock where asked for, in the terminal's width."""
        passed = "  " + clock(time.time() - self.since) if clocked else ""
        room = max(0, shutil.get_terminal_size().columns - 1 - len(passed))
        return text[:room].ljust(room) + passed

    def _write(self, text):
        try:
            self.stream.write(text)
            self.stream.flush()
        except OSError:  # whoever read the output has left; the work goes on
            pass
        self.last = time.time()
