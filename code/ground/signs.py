"""Signs and phrases: the char_map, and how a folder's name is read as a list of signs.

A phrase is written as its signs joined by "-": `g-u-n-t-a`, `k-ā- -t-e-v-i`, `1-0` (two signs), `10` (one).
"""

import difflib
import hashlib
import json
import os
import re
import unicodedata
from pathlib import Path

from ground.errors import DataError
from ground.files import read_json, shown

NOTHING = "∅"  # stands for no sign where a sign was missed or read where there is none
#: "-" parts the signs of a name, the others part folders, or no folder can have them.
UNCARRIED = {"-", "/", "\\", *map(chr, range(32)), *(':*?"<>|' if os.name == "nt" else "")}
RENUMBER = "Numurējiet zīmes pēc kārtas no 0"


def load_char_map(path: Path, in_folders: bool = True) -> dict[str, int]:
    """Reads sign -> index. The indices must be 0..n-1, each once; the signs such as folders' names can carry, unless
    not `in_folders` (Kaggle's 59 characters, which no folder has to). Raises DataError naming the wrong entry."""
    content = read_json(path)
    if not content:
        raise DataError(shown(path), "nav nevienas zīmes", 'Vajag, piemēram, {"a": 0, "ā": 1}')
    owner: dict[int, str] = {}
    char_map: dict[str, int] = {}
    for sign, index in content.items():
        name = unicodedata.normalize("NFC", sign)
        if not isinstance(index, int) or isinstance(index, bool) or index < 0:
            raise DataError(shown(path), f"zīmei «{sign}» numurs ir {index!r}, jābūt veselam skaitlim no 0", RENUMBER)
        if index in owner:
            raise DataError(shown(path), f"zīmēm «{owner[index]}» un «{sign}» ir viens numurs {index}", RENUMBER)
        if name in char_map or not name:
            raise DataError(shown(path), f"zīme «{sign}» ir tukša vai ierakstīta divreiz", "Atstājiet vienu")
        if in_folders and not carried(name):
            raise DataError(shown(path), f"zīmi «{sign}» nevar ierakstīt mapes nosaukumā",
                            "Dodiet tai vārdu, piemēram, «defise», «slīpsvītra» vai «punkts»")
        owner[index] = name
        char_map[name] = index
    missing = [index for index in range(len(char_map)) if index not in owner]
    if missing:
        raise DataError(shown(path), f"trūkst numura {missing[0]} (jābūt visiem no 0 līdz {len(char_map) - 1})",
                        RENUMBER)
    return char_map


def carried(sign: str) -> bool:
    """Whether the names of folders can carry a sign."""
    return not set(sign) & UNCARRIED and bool(sign.strip("."))


def char_map_hash(char_map: dict[str, int]) -> str:
    """16 hex digits that differ as soon as one sign or index differs."""
    text = json.dumps(sorted(char_map.items()), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def read_phrase(name: str, char_map: dict[str, int]) -> list[str]:
    """The signs of a folder's or phrase's name; decomposed Unicode, upper case and stray spaces are understood.

    >>> read_phrase("K-Ā- -t", {"k": 0, "ā": 1, "t": 2, " ": 3})
    ['k', 'ā', ' ', 't']

    Raises DataError naming the sign that char_map lacks and the nearest ones.
    """
    return [_read_sign(token, name, char_map) for token in _plain(name).split("-")]


def join_phrase(signs: list[str]) -> str:
    """The canonical name of a phrase: NFC, joined by "-"."""
    return "-".join(signs)


def nearest_signs(sign: str, char_map: dict[str, int], count: int = 3) -> list[str]:
    """Known signs that look like `sign`: the same letter without marks first, then the nearest spellings."""
    letter = _without_marks(sign.casefold())
    alike = [known for known in char_map if _without_marks(known.casefold()) == letter]
    close = difflib.get_close_matches(sign.lower(), list(char_map), n=count, cutoff=0.4)
    return list(dict.fromkeys(alike + close))[:count]


def _read_sign(token: str, name: str, char_map: dict[str, int]) -> str:
    if not token:
        raise DataError(name, "defisei vienā pusē nav zīmes", "Starp zīmēm raksta vienu defisi; atstarpi raksta «- -»")
    for candidate in (token, token.strip(), token.lower(), token.strip().lower()):
        if candidate in char_map:
            return candidate
    same = [sign for sign in char_map if sign.casefold() == token.strip().casefold()]
    if len(same) == 1:
        return same[0]
    if parted := _parted(name, char_map):
        raise DataError(name, f"zīmes «{token}» nav char_map failā",
                        f"Zīmes atdala ar «-»; ja tā ir frāze {parted}, nosauciet mapi tieši tā")
    near = nearest_signs(token.strip(), char_map)
    hint = f"Līdzīgas zīmes: {', '.join(near)}" if near else "Zīmes frāzē atdala ar «-», piemēram, g-u-n-t-a"
    raise DataError(name, f"zīmes «{token}» nav char_map failā", hint)


def _parted(name: str, char_map: dict[str, int]) -> str:
    """What a name that is no phrase may be meant as: a_b, "a b", ab, or a copy's name; "" where nothing fits."""
    plain = _plain(name)
    first = re.sub(r"(?i)^copy of |( ?\(\w*\)| ?[-–] ?(copy|kopija|kopēt).*| (copy|kopija).*| \d+)+$", "", plain)
    together = "" if "-" in plain else "-".join(re.sub(r"[_.,;+–—\s]+", "", plain))
    for attempt in (first, re.sub("[_.,;+–—]+", "-", first), together):
        signs = attempt.split("-")
        if attempt != name and all(sign.lower() in char_map for sign in signs):
            return join_phrase([sign.lower() for sign in signs])
    return ""


def _plain(name: str) -> str:
    """NFC, and the ordinary space and hyphen for those of other kinds, which look the same; nothing invisible."""
    name = re.sub("[\u200b-\u200d\u2060\ufeff]", "", unicodedata.normalize("NFC", name))
    return re.sub("[\u2010\u2011]", "-", re.sub("[\u00a0\u2000-\u200a\u202f\u205f\u3000]", " ", name))


def _without_marks(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
