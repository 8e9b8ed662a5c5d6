"""The one exception for everything that is wrong with a user's data, files or settings, and how a stop (■) reads."""


import sys
from collections.abc import Callable

STOPPED = "Pabeigtie faili ir veseli; palaidiet šūnu vēlreiz, un tiks izdarīts tas, kā vēl trūkst."


INTERRUPTED = 130  # a shell's exit status for Ctrl-C


class DataError(Exception):
    """Says in one sentence (Latvian) where the fault is, what it is and what to do about it."""

    def __init__(self, place, fault: str, remedy: str = ""):
        self.place, self.fault, self.remedy = self.parts = str(place), fault, remedy
        super().__init__(f"{self.place}: {fault}." + (f" {remedy}" + "." * (remedy[-1] not in ".?!") if remedy else ""))

    def __reduce__(self):
        """An exception of three parts comes back whole from another process."""
        return type(self), self.parts

    def _render_traceback_(self) -> list[str]:
        """IPython's hook: a notebook shows the sentence, not forty lines of traceback."""
        return [str(self)]


def in_a_sentence(main: Callable[[], None]) -> None:
    """Runs a program; what is wrong with a user's data ends it with its sentence and status 1, Ctrl-C with 130."""
    try:
        main()
    except DataError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        print("Pārtraukts.", file=sys.stderr)
        sys.exit(INTERRUPTED)


def stop_in_a_sentence() -> None:
    """Makes the notebook's stop button (■) leave one sentence and not a traceback; outside IPython it does nothing.

    The sentence is the interrupt's own where a function that was stopped gave it one. IPython's `set_custom_exc`.
    """
    if "IPython" not in sys.modules or (shell := sys.modules["IPython"].get_ipython()) is None:
        return

    def told(shell, kind, interrupt, traceback, tb_offset=None) -> list[str]:
        sentences = [f"Apturēts. {interrupt.args[0] if interrupt.args else STOPPED}"]
        shell._showtraceback(kind, interrupt, sentences)
        return sentences

    shell.set_custom_exc((KeyboardInterrupt,), told)
