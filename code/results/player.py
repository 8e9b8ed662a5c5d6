"""A player for a notebook's output: a recording moves, and below it on the same time axis stands what is read in it.

The page part is `player.html`. Where no script may run (GitHub, a notebook that is not trusted) a still picture stands
in the player's place.
"""

import base64
import hashlib
import html
import io
import itertools
import json
import re
import textwrap
from pathlib import Path

import numpy as np
from IPython.display import HTML
from matplotlib.figure import Figure
from PIL import Image

from ground.landmarks import HAND_BONES, HAND_JOINTS, hands_seen
from recognition.alignment import Sign
from recognition.text import DOUBTFUL, doubtful
from results.figures import BAD_COLOUR, LEFT_COLOUR, RIGHT_COLOUR, WHICH_HAND, named
from results.fonts import give_fonts

TEMPLATE = Path(__file__).with_name("player.html")
SHOWN = 0.2  # a sign that is not read has a curve where it is somewhere as probable as this
MOST_FRAMES = 400  # and as many steps
THOUSAND = 1000  # positions and probabilities are written as whole thousandths: half the size
#: Width in pixels and JPEG quality, tried in turn until a picture takes PICTURE_SIZE bytes on average.
PICTURES = ((320, 60), (320, 45), (240, 50), (200, 40), (160, 35))
PICTURE_SIZE = 6000
STILL_FRAMES = 6
STILL_WIDTH, STILL_TALLEST, STILL_LABEL, STILL_LINE = 9.0, 2.6, 0.62, 0.3  # inches
STILL_DPI, STILL_LETTERS = 100, 84  # dots an inch, letters in a line


def player(hands: np.ndarray, aspect: float, times: np.ndarray, probabilities: np.ndarray, signs: list[str],
           reading: list[Sign], truth: list[str] | None = None,
           pictures: list[np.ndarray | None] | None = None) -> HTML:
    """A recording as a moving picture with the probabilities and the reading below it, for a notebook's output.

    hands (T, 42, 3): left hand, then right hand, in fractions of the picture, zeros where not seen; aspect: the
    picture's width / height; times (T,): seconds; probabilities (T', classes + 1), blank last, a step for every stride
    of frames; signs by index. `truth` is what was signed; `pictures`, RGB, one a frame, or None for a frame whose
    picture is not kept (the one before is shown then) or for a recording without any (only the hands are shown).
    """
    hands, times = np.asarray(hands), np.asarray(times, float)
    images, of_frame = _kept_pictures(pictures or [])
    box = (0.0, 0.0, 1.0, 1.0) if images else _box(hands[_while_signing(times, reading)], aspect)
    frames = _evenly(len(hands), MOST_FRAMES)
    content = {"times": times[frames].round(3).tolist(), "hands": _thousandths(hands[frames]), "aspect": float(aspect),
               "box": box, "bones": HAND_BONES, "colours": [LEFT_COLOUR, RIGHT_COLOUR], "note": _note(reading),
               "truth": None if truth is None else [named(sign) for sign in truth],
               "reading": [_described(sign) for sign in reading],
               **_curves(probabilities, signs, reading, times), **_embedded(images, of_frame, frames)}
    still = _still(hands, aspect, times, box, reading, truth, [images[place] for place in of_frame])
    return HTML(_page(content, still, _sentence("Nolasīja", _marked(reading))))


def _page(content: dict, still: bytes, alternative: str) -> str:
    """The template with everything put in, harmless whatever a sign is called."""
    # "<" as JSON's escape: no name can end the script or begin a comment in it.
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    kind = "png" if still.startswith(b"\x89PNG") else "jpeg"
    # From the content, not by chance: a notebook run again is the same file.
    values = {"ID": "player-" + hashlib.sha256(text.encode()).hexdigest()[:12], "DATA": text,
              "RIGHT": RIGHT_COLOUR, "DOUBT": BAD_COLOUR, "ALT": html.escape(alternative),
              "STILL": _address(still, kind)}
    return re.sub("@([A-Z]+)@", lambda found: values[found[1]], TEMPLATE.read_text(encoding="utf-8"))


def _address(image: bytes, kind: str) -> str:
    """A picture as an address that holds all of it."""
    return f"data:image/{kind};base64," + base64.b64encode(image).decode()


def _evenly(count: int, most: int) -> np.ndarray:
    """int (n,): all of `count` places, or `most` of them evenly from the first to the last."""
    return np.linspace(0, count - 1, min(count, most)).round().astype(int)


def _thousandths(hands: np.ndarray) -> list[list[list[int] | None]]:
    """(T, 42, 3) -> for each frame the left and the right hand: x and y in turn, or None where it is not seen."""
    whole = (hands[..., :2] * THOUSAND).round().astype(int).reshape(len(hands), 2, 2 * HAND_JOINTS)
    return [[hand.tolist() if visible else None for hand, visible in zip(pair, both)]
            for pair, both in zip(whole, hands_seen(hands))]


def _while_signing(times: np.ndarray, reading: list[Sign]) -> np.ndarray:
    """bool (T,): frames from the first sign to the last; while a hand comes and goes, it may leave the picture."""
    return (times >= reading[0].start) & (times <= reading[-1].end) if reading else np.ones(len(times), bool)


def _box(hands: np.ndarray, aspect: float) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of a square around all the hands' ways, in fractions of the picture."""
    points = hands[np.repeat(hands_seen(hands), HAND_JOINTS, axis=1)][:, :2] * [aspect, 1]
    if not len(points):
        return 0.0, 0.0, 1.0, 1.0
    lowest, highest = points.min(axis=0), points.max(axis=0)
    middle, reach = (lowest + highest) / 2, 0.54 * max(float((highest - lowest).max()), 0.05)
    left, top = (middle - reach) / [aspect, 1]
    right, bottom = (middle + reach) / [aspect, 1]
    return round(float(left), 4), round(float(top), 4), round(float(right), 4), round(float(bottom), 4)


def _curves(probabilities: np.ndarray, signs: list[str], reading: list[Sign], times: np.ndarray) -> dict:
    """Thousandths over time of each sign that is read or probable somewhere, of the blank, and the steps' seconds."""
    if not len(probabilities):
        return {"curves": [], "blank": [], "steps": []}
    starts = _evenly(len(probabilities), MOST_FRAMES)
    # A sign may be sure in one step only: of steps put together the highest counts.
    highest = (np.maximum.reduceat(probabilities, starts) * THOUSAND).round().astype(int)
    blank = (np.minimum.reduceat(probabilities[:, -1], starts) * THOUSAND).round().astype(int)
    read = {sign.sign for sign in reading}
    curves = [{"sign": named(sign), "values": highest[:, place].tolist()} for place, sign in enumerate(signs)
              if sign in read or probabilities[:, place].max() >= SHOWN]
    frames = np.minimum(starts * _stride(len(times), len(probabilities)), len(times) - 1)
    return {"curves": curves, "blank": blank.tolist(), "steps": times[frames].round(3).tolist()}


def _stride(frames: int, steps: int) -> int:
    """How many frames a step stands for; where the last frames were not read, too.

    >>> _stride(257, 129), _stride(5, 2), _stride(257, 124)
    (2, 3, 2)
    """
    stride = -(-frames // steps)
    return stride if (steps - 1) * stride < frames else max(1, round(frames / steps))


def _described(sign: Sign) -> dict:
    """A sign that was read, as the page wants it; `hint` is told where the mouse rests."""
    hint = f"{named(sign.sign)} – {sign.confidence:.0%}, citādi {named(sign.second)} – {sign.second_confidence:.0%}"
    return {"sign": named(sign.sign), "start": round(float(sign.start), 3), "end": round(float(sign.end), 3),
            "doubtful": bool(doubtful(sign)), "hint": hint.replace("%", " %")}


def _note(reading: list[Sign]) -> str:
    """What the colours mean."""
    red = f"Sarkans ar «?» – apšaubāma zīme (ticamība zem {DOUBTFUL:.0%}). ".replace("%", " %")
    return ("Līknes – zīmju varbūtības, pelēkā – ka nav nevienas zīmes. "
            f"{red if any(map(doubtful, reading)) else ''}Rokas: {WHICH_HAND[0].lower()}{WHICH_HAND[1:]}.")


def _marked(reading: list[Sign]) -> list[str]:
    """The signs that were read, those that are doubtful with "?"."""
    return [named(sign.sign) + "?" * doubtful(sign) for sign in reading]


def _sentence(begin: str, signs: list[str]) -> str:
    return f"{begin}: {' '.join(signs) or '–'}"


def _kept_pictures(pictures: list[np.ndarray | None]) -> tuple[list[np.ndarray], list[int]]:
    """The pictures that there are, and for each frame the place among them of the nearest earlier one; before the
    first, the first."""
    kept = [picture for picture in pictures if picture is not None]
    counts = np.cumsum([picture is not None for picture in pictures])
    return kept, np.maximum(counts - 1, 0).astype(int).tolist() if kept else []


def _embedded(images: list[np.ndarray], of_frame: list[int], frames: np.ndarray) -> dict:
    """Pictures as addresses, only those that a frame shows, and for each frame the place of its own."""
    if not images:
        return {"pictures": [], "picture": []}
    used, places = np.unique(np.array(of_frame)[frames], return_inverse=True)
    for width, quality in PICTURES:
        files = [_jpeg(images[place], width, quality) for place in used]
        if sum(map(len, files)) <= PICTURE_SIZE * len(files):
            break
    return {"pictures": [_address(file, "jpeg") for file in files], "picture": places.tolist()}


def _jpeg(image: np.ndarray, width: int, quality: int) -> bytes:
    """An RGB picture as a JPEG file, made smaller where it is wider than `width` pixels."""
    picture, file = Image.fromarray(image), io.BytesIO()
    if picture.width > width:
        size = width, max(1, round(width * picture.height / picture.width))
        picture = picture.resize(size, Image.Resampling.BILINEAR, reducing_gap=2)
    picture.save(file, "JPEG", quality=quality, optimize=True)
    return file.getvalue()


def _still(hands: np.ndarray, aspect: float, times: np.ndarray, box: tuple[float, float, float, float],
           reading: list[Sign], truth: list[str] | None, images: list[np.ndarray]) -> bytes:
    """A PNG or JPEG file: frames evenly through the recording, the sign of the moment below each, and the reading."""
    lines = [] if truth is None else textwrap.wrap(_sentence("Rādīja", [named(sign) for sign in truth]), STILL_LETTERS)
    lines += textwrap.wrap(_sentence("Nolasīja", _marked(reading)), STILL_LETTERS)
    wide = STILL_WIDTH / STILL_FRAMES
    tall = min(wide * (box[3] - box[1]) / ((box[2] - box[0]) * aspect), STILL_TALLEST)
    height = tall + STILL_LABEL + STILL_LINE * len(lines) + 0.1
    figure = Figure(figsize=(STILL_WIDTH, height), facecolor="#ffffff")
    for place, frame in enumerate(_still_frames(times, reading)):
        axis = figure.add_axes((place / STILL_FRAMES, 1 - tall / height, 1 / STILL_FRAMES, tall / height))
        _draw_frame(axis, hands[frame], aspect, box, images[frame] if images else None)
        _tell_moment(figure, (place + 0.5) / STILL_FRAMES, 1 - (tall + 0.08) / height, times[frame], reading)
    for number, line in enumerate(reversed(lines)):
        figure.text(0.01, (0.12 + STILL_LINE * number) / height, line, fontsize=13, color="#222222", parse_math=False)
    give_fonts(figure)
    file, kind = io.BytesIO(), {"format": "jpeg", "pil_kwargs": {"quality": 80}} if images else {"format": "png"}
    figure.savefig(file, dpi=STILL_DPI, **kind)
    return file.getvalue()


def _still_frames(times: np.ndarray, reading: list[Sign]) -> list[int]:
    """Of equal parts of the time one frame each: where a sign stands out, or in the middle where none does."""
    edges = np.linspace(times[0], times[-1], STILL_FRAMES + 1)
    moments = []
    for begin, end in itertools.pairwise(edges):
        middle = (begin + end) / 2
        inside = np.array([sign.at for sign in reading if begin <= sign.at < end] or [middle])
        moments.append(inside[np.abs(inside - middle).argmin()])
    return (np.searchsorted(times, np.array(moments) + 1e-6, "right") - 1).clip(0).tolist()


def _draw_frame(axis, hands: np.ndarray, aspect: float, box: tuple[float, float, float, float],
                image: np.ndarray | None) -> None:
    """The hands (42, 3) of a frame on an axis that shows `box`, over its picture where there is one."""
    axis.set(xlim=(box[0] * aspect, box[2] * aspect), ylim=(box[3], box[1]), xticks=[], yticks=[], facecolor="#f1f1f1")
    if image is not None:
        axis.imshow(image, extent=(0, aspect, 1, 0))
    axis.set_aspect("equal")
    axis.spines[:].set(color="#ffffff", linewidth=4)
    for points, colour in zip(hands.reshape(2, HAND_JOINTS, 3) * [aspect, 1, 1], (LEFT_COLOUR, RIGHT_COLOUR)):
        # One broken line for all bones: the white below it lies on no bone.
        ways = np.concatenate([[*points[[start, end], :2], [np.nan, np.nan]] for start, end in HAND_BONES])
        for tint, width in (("#ffffff", 3.2), (colour, 1.5)) if points.any() else ():
            axis.plot(*ways.T, color=tint, linewidth=width, scalex=False, scaley=False, solid_capstyle="round")


def _tell_moment(figure: Figure, x: float, y: float, time: float, reading: list[Sign]) -> None:
    """The sign of a moment, where there is one, and the second; at a place in fractions of the figure."""
    now = [sign for sign in reading if sign.start <= time < sign.end]
    style = {"ha": "center", "va": "top", "parse_math": False}
    colour, text = BAD_COLOUR if any(map(doubtful, now)) else "#222222", " ".join(_marked(now))
    figure.text(x, y, text, fontsize=min(16, 130 / max(len(text), 1)), color=colour, **style)
    seconds = f"{time:.1f} s".replace(".", ",")
    figure.text(x, y - 0.32 / figure.get_figheight(), seconds, fontsize=8, color="#666666", **style)
