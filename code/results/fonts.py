"""Fonts: letters that Matplotlib's own font lacks (Kana, Hangul, Devanagari …) are drawn with one of the machine's."""

import contextlib
import functools
import warnings

from matplotlib import font_manager
from matplotlib.figure import Figure
from matplotlib.ft2font import FT2Font
from matplotlib.text import Text

USUAL = "DejaVu Sans"
#: Beginning and end of a script's letters, and a free font that has them.
FONTS = ((0x0900, 0x097F, "Noto Sans Devanagari"), (0x0980, 0x09FF, "Noto Sans Bengali"),
         (0x0B80, 0x0BFF, "Noto Sans Tamil"), (0x0E00, 0x0E7F, "Noto Sans Thai"),
         (0x1000, 0x109F, "Noto Sans Myanmar"), (0x1200, 0x139F, "Noto Sans Ethiopic"),
         (0x1780, 0x17FF, "Noto Sans Khmer"), (0x1100, 0x11FF, "Noto Sans CJK"), (0x3040, 0x9FFF, "Noto Sans CJK"),
         (0xAC00, 0xD7AF, "Noto Sans CJK"))

_told: set[str] = set()


def give_fonts(figure: Figure) -> None:
    """Gives the texts of a figure a font for each letter that the usual one lacks; says, once, what to install where
    the machine has none.

    Matplotlib draws each letter with the first of a text's fonts that has it (its "Font fallback").
    """
    texts = [text for text in figure.findobj(Text) if lacking(text.get_text())]
    if not texts:
        return
    fonts, boxes = fonts_for({letter for text in texts for letter in lacking(text.get_text())})
    for text in texts:
        text.set_family([USUAL, *fonts])
    if boxes:
        warnings.filterwarnings("ignore", message="Glyph .* missing from")  # the sentence says it once
    if boxes - _told:
        print(f"⚠ Datorā nav fonta zīmēm {' '.join(sorted(boxes)[:8])}: attēlos to vietā ir kvadrātiņi.\n"
              f"Uzstādiet fontu «{_font_of(min(boxes))}» (Debian un Ubuntu: sudo apt install fonts-noto) un palaidiet "
              "šūnu vēlreiz.")
        _told.update(boxes)


def lacking(text: str) -> set[str]:
    """The letters of a text that the usual font has not."""
    has = _letters(font_manager.findfont(USUAL))
    return {letter for letter in text if ord(letter) not in has and letter.isprintable() and not letter.isspace()}


def fonts_for(letters: set[str]) -> tuple[list[str], set[str]]:
    """Families of this machine that have the letters between them, and the letters that none has."""
    known = {entry.fname for entry in font_manager.fontManager.ttflist}
    for path in set(font_manager.findSystemFonts()) - known:  # installed since Matplotlib made its list
        with contextlib.suppress(OSError, RuntimeError):
            font_manager.fontManager.addfont(path)
    families, left = [], set(letters)
    for entry in sorted(font_manager.fontManager.ttflist, key=lambda one: (one.style != "normal", one.weight != 400)):
        found = {letter for letter in left if ord(letter) in _letters(entry.fname)}
        if found and "lastresort" not in entry.name.lower().replace(" ", ""):  # that one draws boxes for everything
            families.append(entry.name)
            left -= found
    return families, left


def _font_of(letter: str) -> str:
    return next((font for first, last, font in FONTS if first <= ord(letter) <= last), "Noto Sans")


@functools.cache
def _letters(path: str) -> frozenset[int]:
    """The code points that a font file has; none where it cannot be read."""
    try:
        return frozenset(FT2Font(path).get_charmap())
    except (OSError, RuntimeError):
        return frozenset()
