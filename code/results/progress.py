"""A training that is being followed in a notebook: a picture that grows, the newest epoch's line below it.

What stays on the page when a phase has ended is a few of its lines; the whole picture is a figure of its own at the
end. IPython's "display" with a display_id: the picture and the line are renewed in place, in JupyterLab, VS Code and
papermill alike.
"""

import re
import time

import numpy as np
from IPython.display import clear_output, display

from results.figures import losses_and_wer
from utils.training import Printed, Training

LINES_KEPT = 6  # of a phase: evenly through it, its best epoch and its last among them
TIME_LEFT = re.compile(r" \| atlicis ≤ [\d:]+")
DRAWING_SHARE = 0.04  # of the time, at most, goes into the picture


class GrowingPicture(Printed):
    """Follows a training on the page: one for all phases, a new display in each."""

    def begin(self) -> None:
        """A phase begins, in a cell of its own."""
        self.lines, self.picture, self.text, self.next = [], None, None, 0.0

    def epoch(self, training: Training, line: str) -> None:
        """Renews the line, and the picture when it is time."""
        self.lines.append((len(training.epochs), line))
        started = time.perf_counter()
        if started > self.next:
            figure = losses_and_wer(training.epochs, training.best_epoch, "Apmācība")
            if self.picture:
                self.picture.update(figure)
            else:
                self.picture = display(figure, display_id=True)
            self.next = time.perf_counter() + (time.perf_counter() - started) / DRAWING_SHARE
        if self.text:
            self.text.update({"text/plain": line}, raw=True)
        else:
            self.text = display({"text/plain": line}, raw=True, display_id=True)

    def end(self, training: Training, line: str) -> None:
        """Puts a few of the phase's lines in the picture's place."""
        if self.lines:
            clear_output()
            numbers = set(np.linspace(0, len(self.lines) - 1, LINES_KEPT - 1).round().astype(int).tolist())
            for number, (epoch, kept) in enumerate(self.lines):
                if number in numbers or epoch == training.best_epoch:
                    print(TIME_LEFT.sub("", kept) + ("  ← labākā epoha" if epoch == training.best_epoch else ""))
        print(line)
