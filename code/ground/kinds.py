"""Kinds of settings: what a value may be, what to say where it is not, and how it is read from the command line.

`fault(value)` gives what is wanted as the end of a sentence (Latvian), "" for a value that serves; `read(text)` a value
of what was written, which `fault` is then asked about.
"""

import ast
import dataclasses
import math
import numbers
from pathlib import Path

from ground.files import from_root, shown

UNSET = ("None", "none", "null", "")


@dataclasses.dataclass(frozen=True)
class Whole:
    """A whole number within bounds."""

    least: int
    most: int

    def wanted(self) -> str:
        return f"vajag veselu skaitli no {self.least} līdz {self.most:,}".replace(",", " ")

    def fault(self, value) -> str:
        whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
        return "" if whole and self.least <= value <= self.most else self.wanted()

    def read(self, text: str):
        return _literal(text)


@dataclasses.dataclass(frozen=True)
class WholeOrCluster(Whole):
    """A whole number within bounds, "dask", or the address of a cluster's scheduler."""

    def wanted(self) -> str:
        return f'{super().wanted()}, "dask" vai klastera adresi, piemēram, "tcp://10.0.0.5:8786"'

    def fault(self, value) -> str:
        return "" if isinstance(value, str) and (value == "dask" or "://" in value) else super().fault(value)

    def read(self, text: str):
        return text if text == "dask" or "://" in text else super().read(text)


@dataclasses.dataclass(frozen=True)
class Number:
    """A number within bounds, the lower one excluded where `above`."""

    least: float
    most: float
    above: bool = False
    hint: str = ""

    def wanted(self) -> str:
        low = f"lielāku par {self.least:g} un ne lielāku par" if self.above else f"no {self.least:g} līdz"
        return f"vajag skaitli {low} {self.most:g}{self.hint}"

    def fault(self, value) -> str:
        if isinstance(value, tuple):
            return "komata vietā vajag punktu, piemēram, 0.003"
        if not isinstance(value, numbers.Real) or isinstance(value, bool) or not math.isfinite(value):
            return self.wanted()
        return "" if self.least <= value <= self.most and not (self.above and value == self.least) else self.wanted()

    def read(self, text: str):
        return _literal(text.replace(",", "."))


@dataclasses.dataclass(frozen=True)
class OneOf:
    """One of a few values: a text, True, False or None."""

    values: tuple

    def fault(self, value) -> str:
        same = any(value is one or (isinstance(value, str) and value == one) for one in self.values)
        return "" if same else f"vajag {_listed(self.values)}"

    def read(self, text: str):
        known = {repr(one).lower(): one for one in self.values if not isinstance(one, str)}
        return known.get(text.lower(), text)


@dataclasses.dataclass(frozen=True)
class Text:
    """Any text."""

    empty: bool = False

    def fault(self, value) -> str:
        return "" if isinstance(value, str) and (self.empty or value.strip()) else "vajag tekstu pēdiņās"

    def read(self, text: str):
        return text


@dataclasses.dataclass(frozen=True)
class File:
    """A file's path, from the repository's root or absolute; besides a text of `words`, None where `optional`, and a
    number from 0 where `numbered`.

    `endings`: how its name may end, where the ending tells what is in it.
    """

    exists: bool = True
    optional: bool = False
    words: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()
    numbered: bool = False

    def fault(self, value) -> str:
        if (value is None and self.optional) or (isinstance(value, str) and value in self.words):
            return ""
        if self.numbered and _is_number(value):
            return ""
        wanted = "vajag faila ceļu pēdiņās" + "".join(f' vai "{word}"' for word in self.words)
        wanted += " vai eksperimenta numuru" if self.numbered else ""
        wanted += " vai None" if self.optional else ""
        if not isinstance(value, (str, Path)) or not str(value).strip():
            return wanted
        path = from_root(value)
        if path.is_dir():
            return f"tā ir mape, bet {wanted}"
        if self.exists and not path.exists():
            return "tāda faila nav"
        if self.endings and path.suffix.lower() not in self.endings:
            return f"vajag {' vai '.join(self.endings)} failu"
        return _blocked(path)

    def read(self, text: str):
        if self.numbered and text.isdecimal():
            return int(text)
        return None if self.optional and text in UNSET else text


@dataclasses.dataclass(frozen=True)
class FileOrNumber:
    """A path to what is there, from the repository's root or absolute; a number from 0; or one of `words`."""

    words: tuple[str, ...] = ()

    def fault(self, value) -> str:
        if _is_number(value) or (isinstance(value, str) and value in self.words):
            return ""
        wanted = "vajag ceļu pēdiņās vai numuru" + "".join(f' vai "{word}"' for word in self.words)
        if not isinstance(value, (str, Path)) or not str(value).strip():
            return wanted
        return "" if from_root(value).exists() else f"tāda faila nav; {wanted}"

    def read(self, text: str):
        return int(text) if text.isdecimal() else text


@dataclasses.dataclass(frozen=True)
class Folder:
    """A folder's path, from the repository's root or absolute."""

    exists: bool = True
    optional: bool = False

    def fault(self, value) -> str:
        if value is None and self.optional:
            return ""
        wanted = "vajag mapes ceļu pēdiņās" + (" vai None" if self.optional else "")
        if not isinstance(value, (str, Path)) or not str(value).strip():
            return wanted
        path = from_root(value)
        if path.exists() and not path.is_dir():
            return f"tas ir fails, bet {wanted}"
        return "tādas mapes nav" if self.exists and not path.exists() else _blocked(path)

    def read(self, text: str):
        return None if self.optional and text in UNSET else text


@dataclasses.dataclass(frozen=True)
class Patterns:
    """A list of patterns of file paths, or one of them."""

    def fault(self, value) -> str:
        patterns = [value] if isinstance(value, str) else value
        right = isinstance(patterns, list) and all(isinstance(one, str) and one.strip() for one in patterns)
        if right and not _broken_list(value):
            return ""
        return 'vajag sarakstu ar ceļu rakstiem, piemēram, ["*"] vai ["*selfie*"], vai tukšu sarakstu []'

    def read(self, text: str):
        return _literal(text.strip()) if _broken_list(text) else text


@dataclasses.dataclass(frozen=True)
class Values:
    """A list of texts and whole numbers, or one of them."""

    def fault(self, value) -> str:
        values = value if isinstance(value, list) else [value]
        right = all(isinstance(one, (str, int)) and not isinstance(one, bool) for one in values)
        if right and not _broken_list(value):
            return ""
        return 'vajag sarakstu ar vērtībām, piemēram, ["Anna", "Jānis"], vai tukšu sarakstu []'

    def read(self, text: str):
        return _literal(text.strip()) if _broken_list(text) else text


@dataclasses.dataclass(frozen=True)
class Strengths:
    """Names with strengths, 0 and more; which names there are, `augmentation_from` knows."""

    def fault(self, value) -> str:
        strength = Number(0, math.inf)
        right = isinstance(value, dict) and all(isinstance(name, str) and not strength.fault(one)
                                                for name, one in value.items())
        return "" if right else 'vajag nosaukumus ar stiprumiem, piemēram, {"rotation": 15}; {} – parastie stiprumi'

    def read(self, text: str):
        return _literal(text)


def _is_number(value) -> bool:
    return isinstance(value, numbers.Integral) and not isinstance(value, bool) and value >= 0


def _blocked(path: Path) -> str:
    """A fault where a file stands in the place of one of the path's folders."""
    standing = next(parent for parent in path.parents if parent.exists())
    return "" if standing.is_dir() else f"«{shown(standing)}» ir fails, un tajā nekā nevar ielikt"


def _broken_list(value) -> bool:
    """Whether a text was meant as a list."""
    return isinstance(value, str) and value.strip().startswith("[")


def _literal(text: str):
    """A Python value where the text is one, else the text itself, which is then found not to serve."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return text


def _listed(values: tuple) -> str:
    words = [f'"{one}"' if isinstance(one, str) else repr(one) for one in values]
    return ", ".join(words[:-1]) + f" vai {words[-1]}"
