"""The settings of a study: its own defaults, and what stands behind -p on the command line."""

import argparse

from ground.errors import DataError


def options(usage: str, defaults: dict[str, str]) -> dict[str, str]:
    """Every setting of `defaults`, as text; --help prints `usage`. Raises DataError for one that is not known."""
    parser = argparse.ArgumentParser(description=usage, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-p", nargs=2, action="append", default=[], metavar=("NAME", "VALUE"), dest="given")
    given = dict(parser.parse_args().given)
    if unknown := sorted(set(given) - set(defaults)):
        raise DataError(f"«{unknown[0]}»", "tāda iestatījuma nav", f"Ir: {', '.join(defaults)}")
    return defaults | given
