"""Settings: what each name of the notebooks' configuration cells may hold, checked before any work.

One table for all notebooks. `check_settings` holds values against it, those of a configuration cell or of the command
line; `read_settings` makes values of what was written on the command line, where text stays text.
"""

import difflib
from collections.abc import Collection
from pathlib import Path

from ground.errors import DataError
from ground.kinds import (
    File,
    FileOrNumber,
    Folder,
    Number,
    OneOf,
    Patterns,
    Strengths,
    Text,
    Values,
    Whole,
    WholeOrCluster,
)

LONGEST = 80  # letters of a value in a sentence
PHASES = ("EPOCHS_PHASE_1", "EPOCHS_PHASE_2", "EPOCHS_PHASE_3")
IN_THE_CELL = "Izlabojiet konfigurācijas šūnā un palaidiet to un nākamo šūnu"
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
    "TRACKER": (OneOf(("auto", "holistic", "hands")), "ar ko meklēt punktus"),
    "PROCESSES": (WholeOrCluster(1, 1024), "cik video apstrādāt vienlaikus"),
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
    "DATASET_INFO": (File(exists=False, endings=(".json",)), "ierakstu apraksts"),
    "DATASET_NAME": (Text(), "datu kopas nosaukums"),
    "USE_GENERATED": (OneOf(("auto", True, False)), "vai ņemt virtuālā rādītāja ierakstus"),
    "SPLIT": (Text(), "pēc kā dalīt"),
    "VALIDATION_SHARE": (Number(0, 0.9, above=True, hint=", parasti 0.2"), "validācijas daļa"),
    "TEST_COLUMN": (Text(empty=True), "pēc kuras kolonnas atlikt testam"),
    "TEST_VALUES": (Values(), "kuras vērtības atlikt testam"),
    "FRAMES_PER_SIGN": (Whole(1, 1000), "cik kadru vajag katrai zīmei"),
    "MODELS_FOLDER": (Folder(exists=False), "mape ar eksperimentiem"),
    "RENDERED_TEST": (File(optional=True, endings=(".npz",)), "uzzīmēto video punkti"),
    "ARCHITECTURE": (OneOf(("conv", "bilstm")), "tīkla veids"),
    "BASE": (File(optional=True, words=("auto",), endings=(".keras", ".npz"), numbered=True), "no kā sākt apmācību"),
    "TRAIN_BASE": (OneOf(("auto", "more", True, False)), "vai apmācīt bāzi"),
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
    "CONTINUE": (YES_NO, "vai turpināt pārtrūkušu apmācību"),
    "FRESH_PRACTICE": (YES_NO, "vai vingrinājumus katrā epohā ņemt jaunus"),
    "USE_AUGMENTATION": (YES_NO, "vai ierakstus pārveidot"),
    "USE_FLIP_AUGMENTATION": (YES_NO, "vai ierakstus arī apmest spoguļattēlā"),
    "AUGMENTATION": (Strengths(), "pārveidošanas stiprumi"),
    "SOURCE": (FileOrNumber(), "ko nolasīt"),
    "MODEL": (FileOrNumber(words=("auto",)), "ar ko nolasīt"),
    "WORDS": (File(optional=True), "vārdu saraksts"),
    "SECONDS": (Number(0, 86_400, above=True), "cik ilgi klausīties kameru"),
}


def check_settings(values: dict, remedy: str = IN_THE_CELL) -> None:
    """Raises DataError for the first setting among `values` (names -> values, a notebook's globals() say) that holds
    what it may not, and for a name in capitals that is nearly a setting's."""
    for name, value in values.items():
        if name in SETTINGS:
            kind, meaning = SETTINGS[name]
            if fault := _fault(kind, value):
                raise DataError(f"{name} ({meaning})", f"{_written(value)} neder: {fault}", remedy)
        elif name.isupper() and not name.startswith("_") and (near := _nearest(name, SETTINGS, 0.9)):
            raise DataError(name, "tāda iestatījuma nav", f"Vai domāts {near}?")
    if all(values.get(name) == 0 for name in PHASES):
        raise DataError(", ".join(PHASES), "visās ir 0 epohu, tāpēc nav ko mācīt", "Vienā vajag vismaz 1")


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


def _fault(kind, value) -> str:
    """What is wrong with a value; also of one that cannot be looked at (a number or a path longer than any)."""
    try:
        return kind.fault(value)
    except (OverflowError, OSError, RuntimeError, TypeError, ValueError):
        return "tādu vērtību nevar saprast"


def _nearest(name: str, names: Collection[str], cutoff: float) -> str:
    return next(iter(difflib.get_close_matches(name.upper(), list(names), 1, cutoff)), "")


def _written(value) -> str:
    if isinstance(value, str) and not value:
        return "tukšs teksts"
    try:
        written = str(value) if isinstance(value, Path) else repr(value)
    except ValueError:  # an integer of thousands of digits
        return "tik liels skaitlis"
    return written if len(written) <= LONGEST else written[:LONGEST] + " …"


