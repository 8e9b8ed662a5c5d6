"""The settings of a program: its own defaults, and what stands behind -p on the command line."""

import argparse
from pathlib import Path

from ground.errors import DataError
from ground.files import from_root, shown


def options(defaults: dict[str, str]) -> dict[str, str]:
    """Every setting of `defaults`, as text, or what -p gives in its place. Raises DataError for an unknown one."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("-p", nargs=2, action="append", default=[], metavar=("NAME", "VALUE"), dest="given")
    given = dict(parser.parse_args().given)
    if unknown := sorted(set(given) - set(defaults)):
        raise DataError(f"«{unknown[0]}»", "tāda iestatījuma nav", f"Ir: {', '.join(defaults)}")
    return defaults | given


def needed_folder(settings: dict[str, str], name: str) -> Path:
    """The folder that a setting names. Raises DataError when it names none."""
    folder = from_root(settings[name])
    if not settings[name] or not folder.is_dir():
        fault = f"tādas mapes nav ({shown(folder)})" if settings[name] else "vajag mapi"
        raise DataError(name, fault, f"Norādiet to: -p {name} mape")
    return folder


def needed_file(settings: dict[str, str], name: str) -> Path:
    """The file that a setting names. Raises DataError when there is none."""
    path = from_root(settings[name])
    if not path.is_file():
        raise DataError(name, f"tāda faila nav ({shown(path)})", f"Norādiet to: -p {name} fails")
    return path


def numbers_of(settings: dict[str, str], kinds: dict, may_lack: tuple[str, ...] = ()) -> dict[str, float]:
    """The numbers among the settings, those of `may_lack` that are empty left out. Raises DataError for one that may
    not be what it is."""
    values = {name: kind.read(settings[name]) for name, kind in kinds.items() if settings[name] or name not in may_lack}
    for name, value in values.items():
        if fault := kinds[name].fault(value):
            raise DataError(name, f"ir {value!r}", fault[0].upper() + fault[1:])
    return values
