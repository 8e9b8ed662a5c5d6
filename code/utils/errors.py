"""The one exception for everything that is wrong with a user's data, files or settings."""


class DataError(Exception):
    """Says in one sentence (Latvian) where the fault is, what it is and what to do about it."""

    def __init__(self, place, fault: str, remedy: str = ""):
        self.place, self.fault, self.remedy = str(place), fault, remedy
        super().__init__(f"{self.place}: {fault}." + (f" {remedy}." if remedy else ""))

    def _render_traceback_(self) -> list[str]:
        """IPython's hook: a notebook shows the sentence, not forty lines of traceback."""
        return [f"{type(self).__name__}: {self}"]
