"""What a video's container says of itself, read from its own bytes where OpenCV does not tell: is the file cut off,
does its clock start late, are frames left out on purpose, is the picture mirrored.

Formats: ISO/IEC 14496-12 (mp4, mov, m4v, 3gp: boxes), RFC 8794 and RFC 9559 (mkv, webm: EBML, Matroska), Microsoft's
AVI RIFF and ASF (wmv).
"""

import dataclasses
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

MATRIX = {b"tkhd": (40, 52), b"mvhd": (36, 48)}  # where a display matrix stands in a box of version 0 and 1
SEGMENT, CLUSTER, INFO, TIMECODE_SCALE, CLUSTER_TIME = 0x18538067, 0x1F43B675, 0x1549A966, 0x2AD7B1, 0xE7
TRIMMED = 0.1  # seconds: so much less than the whole is no rounding
ASF = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")


@dataclasses.dataclass(frozen=True)
class Container:
    """`kind`: "mp4", "mkv", "avi", "asf", or "" for what says nothing of its length; `cut`: the file ends before its
    own content; `start`: seconds before the first frame; `edited`: frames are left out on purpose; `mirror`: the
    display matrix [[a, b], [c, d]] (x' = a x + c y, y' = b x + d y) where it mirrors the picture."""

    kind: str = ""
    cut: bool = False
    start: float = 0.0
    edited: bool = False
    mirror: np.ndarray | None = None


def container_of(path: Path) -> Container:
    """Looks into a file; a container that cannot be followed says nothing (but that it is cut, where it is)."""
    size = path.stat().st_size
    with open(path, "rb") as file:
        start = file.read(16)
        try:
            if start[4:8] in (b"ftyp", b"moov", b"mdat", b"free", b"wide", b"skip"):
                return _boxes(file, size)
            if start[:4] == b"\x1aE\xdf\xa3":
                return _matroska(file, size)
            if start[:4] == b"RIFF":
                return Container("avi", cut=int.from_bytes(start[4:8], "little") + 8 > size)
            return Container("asf" if start == ASF else "")
        except (struct.error, IndexError, KeyError, EOFError):
            return Container(cut=True)


def upright(image: np.ndarray, mirror: np.ndarray) -> np.ndarray:
    """The picture (height, width, 3) as a player shows it: turned and flipped as a mirroring display matrix says."""
    if abs(mirror[0, 0]) < abs(mirror[0, 1]):
        image, mirror = image.transpose(1, 0, 2), mirror[::-1]
    return image[::1 if mirror[1, 1] > 0 else -1, ::1 if mirror[0, 0] > 0 else -1]


def _boxes(file: BinaryIO, size: int) -> Container:
    place, movie = 0, b""
    while place < size:
        file.seek(place)
        length, kind, head = _box_head(file.read(16), size - place)
        if length < head or place + length > size:
            return Container("mp4", cut=True)
        if kind == b"moov":
            file.seek(place + head)
            movie = file.read(length - head)
        place += length
    if not movie:
        return Container("mp4", cut=True)
    parts = dict(_children(movie))
    for kind, track in _children(movie):
        if kind == b"trak" and _is_video(track):
            inside = dict(_children(track))
            matrix = _matrix(b"tkhd", inside[b"tkhd"]) @ _matrix(b"mvhd", parts[b"mvhd"])
            media = dict(_children(inside[b"mdia"]))[b"mdhd"]
            edits = dict(_children(inside.get(b"edts", b""))).get(b"elst", b"")
            return Container("mp4", edited=bool(edits) and _played(edits, parts[b"mvhd"]) < _seconds(media) - TRIMMED,
                             mirror=matrix if np.linalg.det(matrix) < 0 else None)
    return Container("mp4")


def _box_head(head: bytes, rest: int) -> tuple[int, bytes, int]:
    """Length, kind and length of the head of a box; a length of 0 means up to the end."""
    length, kind = struct.unpack(">I4s", head[:8])
    if length == 1:
        return struct.unpack(">Q", head[8:16])[0], kind, 16
    return length or rest, kind, 8


def _children(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 0
    while place + 8 <= len(content):
        length, kind, head = _box_head(content[place:place + 16], len(content) - place)
        if length < head:
            return
        yield kind, content[place + head:place + length]
        place += length


def _is_video(track: bytes) -> bool:
    media = dict(_children(dict(_children(track)).get(b"mdia", b"")))
    return media.get(b"hdlr", b"")[8:12] == b"vide"


def _matrix(kind: bytes, box: bytes) -> np.ndarray:
    a, b, _, c, d = struct.unpack_from(">5i", box, MATRIX[kind][box[0]])
    return np.array([[a, b], [c, d]]) / 65536


def _seconds(header: bytes) -> float:
    """The duration that a movie's or a track's header (mvhd, mdhd) states."""
    scale, duration = struct.unpack_from(">IQ" if header[0] else ">II", header, 20 if header[0] else 12)
    return duration / scale if scale else 0.0


def _played(edits: bytes, movie: bytes) -> float:
    """Seconds of the track that an edit list plays; a part before time 0 is empty."""
    form = ">Qq4x" if edits[0] else ">Ii4x"
    count, scale = struct.unpack_from(">I", edits, 4)[0], struct.unpack_from(">I", movie, 20 if movie[0] else 12)[0]
    parts = struct.iter_unpack(form, edits[8:8 + struct.calcsize(form) * count])
    return sum(duration for duration, time in parts if time >= 0) / scale if scale else float("inf")


def _matroska(file: BinaryIO, size: int) -> Container:
    scale, place = 1_000_000, 0
    while place < size:
        kind, length, inside = _element(file, place)
        if kind in (SEGMENT, INFO, CLUSTER) and (length is None or kind != INFO):
            if length is not None and inside + length > size:
                return Container("mkv", cut=True, start=_cluster_start(file, place, size, scale))
            if kind == CLUSTER:
                return Container("mkv", start=_cluster_start(file, place, size, scale))
            place = inside
            continue
        if kind == INFO:
            scale = _number_in(file, inside, inside + length, TIMECODE_SCALE) or scale
        if length is None:
            break
        place = inside + length
    return Container("mkv", cut=place > size)


def _cluster_start(file: BinaryIO, place: int, size: int, scale: int) -> float:
    """Seconds at which the first cluster at or after `place` begins."""
    while place < size:
        kind, length, inside = _element(file, place)
        if kind == CLUSTER:
            return (_number_in(file, inside, size, CLUSTER_TIME) or 0) * scale / 1e9
        if kind == INFO and length is not None:
            scale = _number_in(file, inside, inside + length, TIMECODE_SCALE) or scale
        place = inside if kind == SEGMENT or length is None else inside + length
    return 0.0


def _element(file: BinaryIO, place: int) -> tuple[int, int | None, int]:
    """An EBML element's kind, length (None: unknown) and where its content begins."""
    file.seek(place)
    head = file.read(12)
    kind_bytes = 9 - head[0].bit_length()
    first = head[kind_bytes]
    length_bytes = 9 - first.bit_length()
    if kind_bytes > 4 or length_bytes > 8:
        raise EOFError("no EBML element")
    length = int.from_bytes(head[kind_bytes:kind_bytes + length_bytes], "big") - (1 << 7 * length_bytes)
    unknown = length == (1 << 7 * length_bytes) - 1
    return (int.from_bytes(head[:kind_bytes], "big"), None if unknown else length, place + kind_bytes + length_bytes)


def _number_in(file: BinaryIO, place: int, end: int, wanted: int) -> int | None:
    """A whole number among the elements from `place` to `end`; clusters have theirs among the first."""
    for _ in range(16):
        if place >= end:
            return None
        kind, length, inside = _element(file, place)
        if kind == wanted:
            file.seek(inside)
            return int.from_bytes(file.read(length), "big")
        if length is None:
            return None
        place = inside + length
    return None
