"""Settings: what each name of the notebooks' configuration cells may hold, checked before any work.

One table for all notebooks. `check_settings` holds values against it, those of a configuration cell or of the command
line; `read_settings` makes values of what was written on the command line, where text stays text.
"""

import ast
import dataclasses
import difflib
import math
import numbers
from collections.abc import Collection
from pathlib import Path

from ground.errors import DataError
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
        same = any(value is one or (isinstance(one, str) and value == one) for one in self.values)
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
    """A file's path, from the repository's root or absolute; a text of `words` and None where `optional` besides."""

    exists: bool = True
    optional: bool = False
    words: tuple[str, ...] = ()

    def fault(self, value) -> str:
        if (value is None and self.optional) or value in self.words:
            return ""
        wanted = "vajag faila ceļu pēdiņās" + "".join(f' vai "{word}"' for word in self.words)
        wanted += " vai None" if self.optional else ""
        if not isinstance(value, (str, Path)) or not str(value).strip():
            return wanted
        if from_root(value).is_dir():
            return f"tā ir mape, bet {wanted}"
        return "tāda faila nav" if self.exists and not from_root(value).exists() else ""

    def read(self, text: str):
        return None if self.optional and text in UNSET else text


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
        if from_root(value).is_file():
            return f"tas ir fails, bet {wanted}"
        return "tādas mapes nav" if self.exists and not from_root(value).exists() else ""

    def read(self, text: str):
        return None if self.optional and text in UNSET else text


@dataclasses.dataclass(frozen=True)
class Patterns:
    """A list of patterns of file paths, or one of them."""

    def fault(self, value) -> str:
        patterns = [value] if isinstance(value, str) else value
        right = isinstance(patterns, list) and all(isinstance(one, str) and one.strip() for one in patterns)
        if right and not (isinstance(value, str) and value.startswith("[")):
            return ""
        return 'vajag sarakstu ar ceļu rakstiem, piemēram, ["*"] vai ["*selfie*"], vai tukšu sarakstu []'

    def read(self, text: str):
        return _literal(text) if text.startswith("[") else text


@dataclasses.dataclass(frozen=True)
class Values:
    """A list of texts and whole numbers, or one of them."""

    def fault(self, value) -> str:
        values = value if isinstance(value, list) else [value]
        right = all(isinstance(one, (str, int)) and not isinstance(one, bool) for one in values)
        return "" if right else 'vajag sarakstu ar vērtībām, piemēram, ["Anna", "Jānis"], vai tukšu sarakstu []'

    def read(self, text: str):
        return _literal(text) if text.startswith("[") else text


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


SHARE = ", piemēram, 0.5 ir puse"
RATE = Number(0, 1, above=True)
EPOCHS = Whole(0, 100_000)
YES_NO = OneOf((True, False))

#: Name -> (what it may hold, what it is). In the order of the notebooks.
SETTINGS = {
    "VIDEOS_FOLDER": (Folder(), "mape ar video"),
    "LANDMARKS_FOLDER": (Folder(exists=False), "mape ar punktu masīviem"),
    "CHAR_MAP": (File(), "zīmju saraksts"),
    "MIRRORED": (Patterns(), "kuri video ir spoguļattēlā"),
    "PROCESSES": (Whole(1, 1024), "cik video apstrādāt vienlaikus"),
    "LEAST_HAND_SHARE": (Number(0, 1, hint=SHARE), "kādā daļā kadru jāredz roka"),
    "PRACTICE_PHRASES": (Whole(0, 1_000_000), "cik vingrinājumu sagatavot"),
    "OWN_RECORDINGS_ENOUGH": (Whole(0, 1_000_000), "ar cik cilvēku ierakstiem pietiek"),
    "SEED": (Whole(0, 2**31 - 1), "no kura skaitļa sākas nejaušība"),
    "ALPHABET": (File(), "zīmju apraksts"),
    "PHRASES": (File(), "frāžu saraksts"),
    "SHOWN_PHRASE": (Text(), "frāze, ko parādīt kustībā"),
    "SHOWN_RECORDINGS": (Whole(0, 100), "cik ierakstu parādīt attēlos"),
    "SHOWN_FRAMES": (Whole(1, 30), "cik kadru parādīt no katra"),
    "TABLE": (File(optional=True), "tabula par ierakstiem"),
    "RECORDS_FOLDER": (Folder(exists=False), "mape ar ierakstu failiem"),
    "DATASET_INFO": (File(exists=False), "ierakstu apraksts"),
    "DATASET_NAME": (Text(), "datu kopas nosaukums"),
    "USE_GENERATED": (OneOf(("auto", True, False)), "vai ņemt virtuālā rādītāja ierakstus"),
    "SPLIT": (Text(), "pēc kā dalīt"),
    "VALIDATION_SHARE": (Number(0, 0.9, above=True, hint=", parasti 0.2"), "validācijas daļa"),
    "TEST_COLUMN": (Text(empty=True), "pēc kuras kolonnas atlikt testam"),
    "TEST_VALUES": (Values(), "kuras vērtības atlikt testam"),
    "FRAMES_PER_SIGN": (Whole(1, 1000), "cik kadru vajag katrai zīmei"),
    "MODELS_FOLDER": (Folder(exists=False), "mape ar eksperimentiem"),
    "RENDERED_TEST": (File(optional=True), "uzzīmēto video punkti"),
    "ARCHITECTURE": (OneOf(("conv", "bilstm")), "tīkla veids"),
    "BASE": (File(optional=True, words=("auto",)), "no kā sākt apmācību"),
    "TRAIN_BASE": (OneOf(("auto", True, False)), "vai apmācīt bāzi"),
    "EPOCHS_BASE": (Whole(1, 100_000), "bāzes epohas"),
    "ASL_LETTERS": (Folder(optional=True), "mape ar atsevišķu burtu ierakstiem"),
    "ASL_RECORDS": (Folder(optional=True), "mape ar jūsu ASL ierakstiem"),
    "EPOCHS_PHASE_1": (EPOCHS, "1. fāzes epohas"),
    "EPOCHS_PHASE_2": (EPOCHS, "2. fāzes epohas"),
    "EPOCHS_PHASE_3": (EPOCHS, "3. fāzes epohas"),
    "LR_PHASE_1": (RATE, "1. fāzes mācīšanās ātrums"),
    "LR_PHASE_2": (RATE, "2. fāzes mācīšanās ātrums"),
    "LR_PHASE_3": (RATE, "3. fāzes mācīšanās ātrums"),
    "PATIENCE": (Whole(1, 100_000), "epohas bez uzlabojuma"),
    "BATCH_SIZE": (Whole(1, 4096), "ieraksti partijā"),
    "DROPOUT": (Number(0, 0.9), "izslēgto neironu daļa"),
    "FRESH_PRACTICE": (YES_NO, "vai vingrinājumus katrā epohā ņemt jaunus"),
    "USE_AUGMENTATION": (YES_NO, "vai ierakstus pārveidot"),
    "USE_FLIP_AUGMENTATION": (YES_NO, "vai ierakstus arī apmest spoguļattēlā"),
    "AUGMENTATION": (Strengths(), "pārveidošanas stiprumi"),
}


def check_settings(values: dict) -> None:
    """Raises DataError for the first setting among `values` (names -> values, a notebook's globals() say) that holds
    what it may not, and for a name in capitals that is nearly a setting's."""
    for name, value in values.items():
        if name in SETTINGS:
            kind, meaning = SETTINGS[name]
            if fault := kind.fault(value):
                raise DataError(f"{name} ({meaning})", f"{_written(value)} neder: {fault}",
                                "Izlabojiet konfigurācijas šūnā un palaidiet to un nākamo šūnu")
        elif name.isupper() and not name.startswith("_") and (near := _nearest(name, SETTINGS, 0.85)):
            raise DataError(name, "tāda iestatījuma nav", f"Vai domāts {near}?")


def read_settings(written: dict[str, str], known: Collection[str]) -> dict:
    """Values of settings written on the command line. Raises DataError for a name that the notebook lacks (`known`)."""
    values = {}
    for name, text in written.items():
        if name not in known or name not in SETTINGS:
            near = _nearest(name, known, 0.5)
            raise DataError(f"«{name}»", "tāda iestatījuma nav konfigurācijas šūnā",
                            f"Vai domāts {near}?" if near else f"Ir: {', '.join(sorted(known))}")
        values[name] = SETTINGS[name][0].read(text)
    return values


def _literal(text: str):
    """A Python value where the text is one, else the text itself, which is then found not to serve."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError):
        return text


def _nearest(name: str, names: Collection[str], cutoff: float) -> str:
    return next(iter(difflib.get_close_matches(name.upper(), list(names), 1, cutoff)), "")


def _written(value) -> str:
    return f"«{shown(value)}»" if isinstance(value, Path) else repr(value) if value != "" else "tukšs teksts"


def _listed(values: tuple) -> str:
    words = [f'"{one}"' if isinstance(one, str) else repr(one) for one in values]
    return ", ".join(words[:-1]) + f" vai {words[-1]}"
