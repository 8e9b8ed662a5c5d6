"""A manual alphabet as data: reads code/alphabets/*.json and checks every field, so that a signer can correct a file.

The file has four sections of named parts, then the signs that use them (a name, or the part itself in its place):
- `fingers`: {mcp, pip, dip, spread} and `thumbs`: {out, forward, turn, mcp, ip}, degrees (ranges: `hand.RANGES`);
- `handshapes`: a posture for thumb, index, middle, ring and little;
- `orientations`, degrees: turn about the forearm (0 the palm to the viewer, 90 to the signer's other side, 180 to the
  signer), tip (fingers towards the viewer), lean (fingers towards the signer's other side);
- `signs`: handshape, orientation, movement, duration (1 = a still sign), second_hand ("mirror" or a handshape and an
  orientation), uncertain (a sentence: what sources leave open), through (a sign as whose hand it may stand before it is
  formed: the fingers straight first, then folded), variants (other ways to make the sign: for each the
  share of the people who make it so and the fields in which it differs; null takes a movement away);
- `doubled`: the movements that part two equal signs, one of which a signer uses.
A file may also name `asl_hands`: handshapes that an ASL letter has too (`asl.borrowed`).

A movement has a type and sizes in palm lengths: `slide` (direction, size, times), `arc` (direction, bulge, size),
`loop` (size), `check` (size), `trace` (points [out, up, forward]), `rotate` (direction, size); each may also change
the orientation (turn, tip, lean) and come back (back: true). Directions: out and in (the signing hand's own side and
the other), up, down, forward (to the viewer), back.
"""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ground.errors import DataError
from ground.files import read_json, shown
from signer.hand import ANGLES, FINGERS, RANGES
from signer.people import AS_DESCRIBED

#: Points of a movement's path, evenly spaced in time.
PATH_POINTS = 13
GOLDEN = (5 ** 0.5 - 1) / 2  # its multiples are spread evenly between 0 and 1
TURNS = ("turn", "tip", "lean")
TURN_RANGE = (-200, 200)
DIRECTIONS = {"out": (1, 0, 0), "in": (-1, 0, 0), "up": (0, 1, 0), "down": (0, -1, 0), "forward": (0, 0, 1),
              "back": (0, 0, -1)}
MOVEMENTS = {"slide": {"direction", "size", "times"}, "arc": {"direction", "bulge", "size"}, "loop": {"size"},
             "check": {"size"}, "trace": {"points"}, "rotate": {"direction", "size"}}
NEEDED = {"slide": {"direction", "size"}, "arc": {"direction", "bulge", "size"}, "loop": {"size"}, "check": {"size"},
          "trace": {"points"}, "rotate": set()}
FORM_FIELDS = {"handshape", "orientation", "movement", "duration", "second_hand"}
SIGN_FIELDS = FORM_FIELDS | {"uncertain", "through", "variants"}
SECTIONS = ("fingers", "thumbs", "handshapes", "orientations", "signs", "doubled")


@dataclass(frozen=True)
class HandSign:
    """One hand of a sign: angles (21,) in degrees, turned (3,) turn, tip, lean in degrees, path (13, 6): out, up,
    forward in palm lengths and the change of turn, tip, lean in degrees."""

    angles: np.ndarray
    turned: np.ndarray
    path: np.ndarray


@dataclass(frozen=True)
class Sign:
    """A sign: its hands (second: None for most), its duration (1 = a still sign), what sources leave open, its other
    ways with the share of the people who make it so, and the sign as whose hand it may stand before."""

    hand: HandSign
    second: HandSign | None
    duration: float
    uncertain: str
    variants: tuple[tuple[float, "Sign"], ...] = ()
    through: str = ""

    @property
    def moves(self) -> bool:
        return bool(np.any(self.hand.path))


@dataclass(frozen=True)
class Alphabet:
    """signs by name; doubled: paths (13, 6) of which a signer uses one between two equal signs."""

    name: str
    signs: dict[str, Sign]
    doubled: list[np.ndarray]

    def sign(self, name: str, ways: int) -> Sign:
        """The sign as a person makes it; `ways`: the person's number, which decides where there are several ways."""
        sign = self.signs[name]
        if ways == AS_DESCRIBED:
            return sign
        chance = 1 - (ways + 1) * (list(self.signs).index(name) + 1) * GOLDEN % 1
        for share, variant in sign.variants:
            if chance < share:
                return variant
            chance -= share
        return sign


def load_alphabet(path: Path, char_map: dict[str, int] | None = None) -> Alphabet:
    """Reads and checks an alphabet. Raises DataError that names the sign and the field of a mistake, and the signs
    of `char_map` that the alphabet lacks."""
    content = read_json(path)
    for section in SECTIONS:
        if not isinstance(content.get(section), list if section == "doubled" else dict):
            raise DataError(shown(path), f"nav sadaļas «{section}»", "Salīdziniet ar code/alphabets/lzv.json")
    reader = _Reader(content, shown(path))
    for name in content["handshapes"]:
        reader.handshape(name, f"handshapes, «{name}»")
    alphabet = Alphabet(path.stem, {name: reader.sign(name) for name in content["signs"]},
                        [reader.path(movement, "doubled") for movement in content["doubled"]])
    if missing := [sign for sign in char_map or {} if sign not in alphabet.signs]:
        raise DataError(shown(path), f"trūkst zīmes «{missing[0]}», kas ir char_map",
                        "Aprakstiet to sadaļā «signs» vai iestatiet PRACTICE_PHRASES = 0")
    return alphabet


@dataclass(frozen=True)
class _Reader:
    """The file's content and its name for messages."""

    content: dict
    file: str

    def sign(self, name: str) -> Sign:
        fields, place = self.content["signs"][name], f"zīme «{name}»"
        sign = self._form(fields, place)
        variants = fields.get("variants", [])
        if not isinstance(variants, list) or not all(isinstance(variant, dict) for variant in variants):
            raise self._fault(f"{place}, variants", "vajag sarakstu [{…}, …]", "Salīdziniet ar zīmi «g» failā asl.json")
        ways = []
        for number, variant in enumerate(variants, 1):
            where = f"{place}, {number}. variants"
            self._known(variant, FORM_FIELDS | {"share"}, where)
            share = self._number(variant.get("share"), (0, 1), f"{where}, share")
            changed = {key: value for key, value in variant.items() if key != "share"}
            ways.append((share, self._form({**fields, **changed}, where)))
        if sum(share for share, _ in ways) > 1:
            raise self._fault(f"{place}, variants", "daļu summa ir lielāka par 1", "Pārējie rāda pamatveidu")
        through = fields.get("through", "")
        if through not in ("", *self.content["signs"]):
            raise self._fault(f"{place}, through", f"zīmes «{through}» nav", "Vajag citas zīmes nosaukumu")
        return replace(sign, variants=tuple(ways), through=through)

    def _form(self, fields: dict, place: str) -> Sign:
        """One way to make a sign."""
        if isinstance(fields, dict) and not isinstance(fields.get("uncertain", ""), str):
            raise self._fault(f"{place}, uncertain", "vajag teikumu pēdiņās", "Salīdziniet ar citu zīmi")
        self._known(fields, SIGN_FIELDS, place)
        if not fields.get("handshape"):
            raise self._fault(place, "nav lauka «handshape»", f"Zināmās: {', '.join(self.content['handshapes'])}")
        movement = fields.get("movement")
        path = self.path(movement, f"{place}, movement") if movement else np.zeros((PATH_POINTS, 6))
        hand = HandSign(self.handshape(fields["handshape"], f"{place}, handshape"),
                        self.orientation(fields.get("orientation"), f"{place}, orientation"), path)
        duration = self._number(fields.get("duration", 1), (0.2, 10), f"{place}, duration")
        return Sign(hand, self._second(fields.get("second_hand"), hand, place), duration, fields.get("uncertain", ""))

    def _second(self, fields: dict | str | None, hand: HandSign, place: str) -> HandSign | None:
        if fields is None or fields == "mirror":
            return hand if fields else None
        self._known(fields, {"handshape", "orientation"}, f"{place}, second_hand")
        return HandSign(self.handshape(fields.get("handshape"), f"{place}, second_hand, handshape"),
                        self.orientation(fields.get("orientation"), f"{place}, second_hand, orientation"),
                        np.zeros((PATH_POINTS, 6)))

    def handshape(self, shape: str | dict | None, place: str) -> np.ndarray:
        fingers = self._part("handshapes", shape, place)
        self._known(fingers, set(FINGERS), place)
        angles = {}
        for finger in FINGERS:
            if finger not in fingers:
                raise self._fault(place, f"nav pirksta «{finger}»", "Vajag thumb, index, middle, ring, little")
            section = "thumbs" if finger == "thumb" else "fingers"
            for joint, value in self._part(section, fingers[finger], f"{place}, {finger}").items():
                limits = RANGES.get(f"{finger}.{joint}")
                if limits is None:
                    raise self._fault(f"{place}, {finger}", f"locītavas «{joint}» nav",
                                      f"Zināmās: {', '.join(a.split('.')[1] for a in ANGLES if a.startswith(finger))}")
                angles[f"{finger}.{joint}"] = self._number(value, limits, f"{place}, {finger}, {joint}")
        return np.array([angles.get(name, 0) for name in ANGLES], np.float32)

    def orientation(self, orientation: str | dict | None, place: str) -> np.ndarray:
        turned = self._part("orientations", orientation or {}, place)
        self._known(turned, set(TURNS), place)
        return np.array([self._number(turned.get(name, 0), TURN_RANGE, f"{place}, {name}") for name in TURNS])

    def path(self, movement: dict, place: str) -> np.ndarray:
        """A movement as a path (13, 6)."""
        kind = movement.get("type") if isinstance(movement, dict) else movement
        if not isinstance(movement, dict) or not isinstance(kind, str) or kind not in MOVEMENTS:
            raise self._fault(place, f"kustības «{kind}» nav", f"Zināmās: {', '.join(MOVEMENTS)}")
        self._known(movement, {"type", "back", *TURNS} | MOVEMENTS[kind], place)
        if lacking := sorted(NEEDED[kind] - set(movement)):
            raise self._fault(place, f"kustībai «{kind}» nav lauka «{lacking[0]}»", "Salīdziniet ar citu zīmi")
        progress = np.linspace(0, 1, PATH_POINTS)[:, None]
        if movement.get("back"):
            progress = 1 - np.abs(1 - 2 * progress)
        change = [self._number(movement.get(name, 0), TURN_RANGE, f"{place}, {name}") for name in TURNS]
        return np.concatenate([self._offsets(kind, movement, progress, place), progress * np.array([change])], 1)

    def _offsets(self, kind: str, movement: dict, progress: np.ndarray, place: str) -> np.ndarray:
        size = self._number(movement.get("size", 0), (0, 6), f"{place}, size")
        if kind == "loop":
            angle = 2 * np.pi * progress
            return size / 2 * np.concatenate([np.sin(angle), np.cos(angle) - 1, 0 * angle], 1)
        if kind == "check":
            return size * self._along([[0, 0, 0], [0.35, -0.55, 0], [1, 0.45, 0]], progress)
        if kind == "trace":
            return self._along(self._points(movement["points"], place), progress)
        times = self._number(movement.get("times", 1), (1, 4), f"{place}, times")
        within = progress * times % 1
        # Several slides go on one after another, the hand almost stopping between them.
        offset = size * (np.floor(progress * times) + within ** 2 * (3 - 2 * within) if times > 1 else progress)
        offset = offset * self._direction(movement.get("direction", []), place)
        if kind == "arc":
            offset = offset + size / 2 * np.sin(np.pi * progress) * self._direction(movement["bulge"], place)
        return offset

    def _points(self, points: list, place: str) -> list[list[float]]:
        if not isinstance(points, list) or len(points) < 2 or not all(
                isinstance(point, list) and len(point) == 3 for point in points):
            raise self._fault(f"{place}, points", "vajag vismaz divus punktus [out, up, forward]", "Izlabojiet punktus")
        return [[self._number(value, (-6, 6), f"{place}, points") for value in point] for point in points]

    @staticmethod
    def _along(points: list[list[float]], progress: np.ndarray) -> np.ndarray:
        """Points of a line through `points`, evenly spaced by length."""
        corners = np.array(points, float)
        length = np.r_[0, np.cumsum(np.linalg.norm(np.diff(corners, axis=0), axis=1))]
        return np.stack([np.interp(progress[:, 0] * length[-1], length, corners[:, axis]) for axis in range(3)], 1)

    def _direction(self, words: list[str], place: str) -> np.ndarray:
        if not isinstance(words, list) or (unknown := [word for word in words if not isinstance(word, str)
                                                       or word not in DIRECTIONS]):
            named = words if not isinstance(words, list) else unknown[0]
            raise self._fault(place, f"«{named}» nav virzienu saraksts", "Vajag sarakstu kvadrātiekavās, "
                              f'piemēram, ["up"], no: {", ".join(DIRECTIONS)}')
        total = np.sum([DIRECTIONS[word] for word in words], axis=0) if words else np.zeros(3)
        return total / max(np.linalg.norm(total), 1e-9)

    def _part(self, section: str, part: str | dict | None, place: str) -> dict:
        """A part given by name, or the part itself."""
        if isinstance(part, dict):
            return part
        if not isinstance(part, str):
            written = json.dumps(part, ensure_ascii=False)
            raise self._fault(place, f"vajag nosaukumu vai objektu {{…}}, bet ir {written}",
                              f"Zināmie: {', '.join(self.content[section])}")
        if part not in self.content[section]:
            raise self._fault(place, f"«{part}» nav sadaļā «{section}»",
                              f"Zināmie: {', '.join(self.content[section])}")
        return self.content[section][part]

    def _known(self, fields: dict, allowed: set[str], place: str) -> None:
        if not isinstance(fields, dict):
            raise self._fault(place, f"vajag objektu {{…}}, bet ir {json.dumps(fields, ensure_ascii=False)}",
                              "Salīdziniet ar citu zīmi")
        if unknown := [name for name in fields if name not in allowed]:
            raise self._fault(place, f"nezināms lauks «{unknown[0]}»", f"Zināmie: {', '.join(sorted(allowed))}")

    def _number(self, value: float, limits: tuple[float, float], place: str) -> float:
        if not isinstance(value, (int, float)) or isinstance(value, bool) or not limits[0] <= value <= limits[1]:
            raise self._fault(place, f"vērtība {json.dumps(value, ensure_ascii=False)} ir ārpus robežām",
                              f"Vajag skaitli no {limits[0]} līdz {limits[1]}")
        return float(value)

    def _fault(self, place: str, fault: str, remedy: str) -> DataError:
        return DataError(f"{self.file}, {place}", fault, remedy)
