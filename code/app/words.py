"""The words of a command line: files and options, with a Latvian sentence where they are not understood."""

import dataclasses
import difflib
import sys

from ground.errors import DataError

TRACKER_REMEDY = "Izlabojiet to, kas ir aiz --tracker"


@dataclasses.dataclass(frozen=True)
class Option:
    """An option's name, and what its value is (Latvian); an option without `value` is a switch."""

    name: str
    value: str = ""


def understood(words: list[str], options: tuple[Option, ...], usage: str) -> tuple[list[str], dict[str, str]]:
    """The words that are no options, and the options' values by name without dashes; "--json=x" is understood too.

    >>> understood(["a.mp4", "--json", "x"], (Option("--json", "fails"),), "FAILS")
    (['a.mp4'], {'json': 'x'})

    "-h" and "--help" print `usage` and the options and end the program. Raises DataError naming a word that is not
    understood.
    """
    if {"-h", "--help"} & set(words):
        lines = [f"python3 code/run.py {usage}", *(f"  {each.name:12} {each.value}".rstrip() for each in options)]
        print("\n".join(lines))
        sys.exit(0)
    known = {option.name: option for option in options}
    rest, plain, values = list(words), [], {}
    while rest:
        word = rest.pop(0)
        if word == "--":
            return plain + rest, values
        if not word.startswith("-"):
            plain.append(word)
            continue
        name, equals, value = word.partition("=")
        if name not in known:
            near = difflib.get_close_matches(name, list(known), 1, 0.5)
            raise DataError(name, "tādas izvēles nav", f"Vai domāts {near[0]}?" if near else _all(options))
        if known[name].value and not equals:
            if not rest or rest[0].startswith("--"):
                raise DataError(name, "trūkst vērtības", f"Aiz tā raksta: {known[name].value}")
            value = rest.pop(0)
        values[name.removeprefix("--")] = value
    return plain, values


def _all(options: tuple[Option, ...]) -> str:
    return "Ir: " + "; ".join(f"{each.name} ({each.value})" if each.value else each.name for each in options)
