"""What a video's container says of itself, read from its own bytes where OpenCV does not tell: is the file damaged or
cut off, how many frames does it hold, is the picture mirrored.

Formats: ISO/IEC 14496-12 (mp4, mov, m4v, 3gp: boxes), RFC 9559 (mkv, webm: Matroska, in the EBML of RFC 8794), AVI RIFF
and ASF (wmv) by Microsoft, ISO/IEC 13818-1 (mts, m2ts, mpg: transport and program streams).
"""

import dataclasses
import mmap
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

MATRIX = {b"tkhd": (40, 52), b"mvhd": (36, 48)}  # where a display matrix stands in a box of version 0 and 1
TRIMMED = 0.02  # seconds between what is stored and what an edit list plays: more is no rounding
SEGMENT, CLUSTER, INFO, TRACKS, TRACK, GROUP = 0x18538067, 0x1F43B675, 0x1549A966, 0x1654AE6B, 0xAE, 0xA0
TRACK_NUMBER, TRACK_TYPE, BLOCK, SIMPLE_BLOCK = 0xD7, 0x83, 0xA1, 0xA3
ASF = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
ASF_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
ASF_DATA = bytes.fromhex("3626b2758e66cf11a6d900aa0062ce6c")
FILLING = 4096  # bytes of zeros that may stand at a stream's end
SYNC, PACKETS = 0x47, ((0, 188), (4, 192))  # a transport stream's first byte; where, and how long its packets are


@dataclasses.dataclass(frozen=True)
class Container:
    """`damaged`: its own structure breaks off; `frames`: how many it holds, 0 where that is not counted here;
    `believed`: whether OpenCV's count is the container's own, and all of it is played; `mirror`: the display matrix
    [[a, b], [c, d]] (x' = a x + c y, y' = b x + d y) where it mirrors the picture; `known`: whether it is a video's
    container at all."""

    damaged: bool = False
    frames: int = 0
    believed: bool = False
    mirror: np.ndarray | None = None
    known: bool = True


def container_of(path: Path) -> Container:
    """Looks through a file; where its structure cannot be followed it is damaged."""
    if not path.stat().st_size:
        return Container(known=False)
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        reader = _reader(content)
        try:
            return reader(content) if reader else Container(known=False)
        except (struct.error, IndexError, KeyError):
            return Container(damaged=True)


def upright(image: np.ndarray, mirror: np.ndarray) -> np.ndarray:
    """The picture (height, width, 3) as a player shows it: turned and flipped as a mirroring display matrix says."""
    if abs(mirror[0, 0]) < abs(mirror[0, 1]):
        image, mirror = image.transpose(1, 0, 2), mirror[::-1]
    return image[::1 if mirror[1, 1] > 0 else -1, ::1 if mirror[0, 0] > 0 else -1]


def _reader(content: mmap.mmap) -> Callable[[mmap.mmap], Container] | None:
    if content[:4] == b"\x1aE\xdf\xa3":
        return _matroska
    if content[:4] == b"RIFF":
        return _riff
    if content[:16] == ASF:
        return _asf
    if content[:4] == b"\0\0\1\xba":
        return _program_stream
    if any(content[first:first + length * 3:length] == bytes([SYNC] * 3) for first, length in PACKETS):
        return _transport_stream
    if content[4:8].isalnum() and any(kind in content[:4096] or content.find(kind) >= 0 for kind in (b"ftyp", b"moov")):
        return _boxes
    return None


def _boxes(content: mmap.mmap) -> Container:
    place, movie, media, fragmented, damaged = 0, b"", False, False, False
    while place + 8 <= len(content) and not damaged:
        length, kind, head = _box_head(content[place:place + 16], len(content) - place)
        whole = head <= length <= len(content) - place
        if kind == b"moov" and length >= head:
            movie = content[place + head:place + length]
        media, fragmented = media or (kind == b"mdat" and whole), fragmented or kind == b"moof"
        # Once all is there, what follows proves nothing: cameras and programs leave notes behind the last box.
        damaged = not whole and (kind in (b"moov", b"mdat", b"moof") or not (movie and media))
        if not whole:
            break
        place += length
    return dataclasses.replace(_movie(movie, fragmented), damaged=damaged or not movie)


def _movie(movie: bytes, fragmented: bool) -> Container:
    """What a movie's header says of its first video track."""
    parts = dict(_children(movie))
    for kind, track in _children(movie):
        inside = dict(_children(track)) if kind == b"trak" else {}
        media = dict(_children(inside.get(b"mdia", b"")))
        if media.get(b"hdlr", b"")[8:12] != b"vide":
            continue
        matrix = _matrix(b"tkhd", inside[b"tkhd"]) @ _matrix(b"mvhd", parts[b"mvhd"])
        edits = dict(_children(inside.get(b"edts", b""))).get(b"elst", b"")
        edited = bool(edits) and abs(_played(edits, parts[b"mvhd"]) - _seconds(media[b"mdhd"])) > TRIMMED
        return Container(believed=not (edited or fragmented), mirror=matrix if np.linalg.det(matrix) < 0 else None)
    return Container()


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


def _matrix(kind: bytes, box: bytes) -> np.ndarray:
    a, b, _, c, d = struct.unpack_from(">5i", box, MATRIX[kind][box[0]])
    return np.array([[a, b], [c, d]]) / 65536


def _seconds(header: bytes) -> float:
    """The duration that a track's header (mdhd) states."""
    scale, duration = struct.unpack_from(">IQ" if header[0] else ">II", header, 20 if header[0] else 12)
    return duration / scale if scale else 0.0


def _played(edits: bytes, movie: bytes) -> float:
    """Seconds of the track that an edit list plays; a part before time 0 is empty."""
    form = ">Qq4x" if edits[0] else ">Ii4x"
    count, scale = struct.unpack_from(">I", edits, 4)[0], struct.unpack_from(">I", movie, 20 if movie[0] else 12)[0]
    parts = struct.iter_unpack(form, edits[8:8 + struct.calcsize(form) * count])
    return sum(duration for duration, time in parts if time >= 0) / scale if scale else float("inf")


def _matroska(content: mmap.mmap) -> Container:
    """Counts the blocks of the first video track, through all clusters."""
    place, last, frames, number, video = 0, len(content), 0, None, None
    while place < last:
        kind, length, inside = _element(content, place)
        end = len(content) if length is None else inside + length
        last = min(last, end) if kind == SEGMENT and end <= len(content) else last  # what follows it proves nothing
        if kind in (SEGMENT, CLUSTER, INFO, TRACKS, TRACK, GROUP):
            place = inside
            continue
        if length is None or end > len(content):
            return Container(damaged=True, frames=frames)
        if kind == TRACK_NUMBER:
            number = int.from_bytes(content[inside:end], "big")
        elif kind == TRACK_TYPE and content[inside:end] == b"\1" and video is None:
            video = number
        elif kind in (BLOCK, SIMPLE_BLOCK) and _vint(content, inside)[0] == video:
            frames += 1
        place = end
    return Container(frames=frames)


def _element(content: mmap.mmap, place: int) -> tuple[int, int | None, int]:
    """An EBML element's kind, length (None: unknown) and where its content begins. Raises IndexError for none."""
    size = 9 - content[place].bit_length()
    if size > 4:
        raise IndexError("no EBML element")
    kind = int.from_bytes(content[place:place + size], "big")
    length, inside = _vint(content, place + size)
    return kind, None if length == (1 << 7 * (inside - place - size)) - 1 else length, inside


def _vint(content: mmap.mmap, place: int) -> tuple[int, int]:
    """A number in EBML's form, and where it ends."""
    size = 9 - content[place].bit_length()
    if size > 8:
        raise IndexError("no EBML number")
    return int.from_bytes(content[place:place + size], "big") - (1 << 7 * size), place + size


def _riff(content: mmap.mmap) -> Container:
    """Counts an AVI's video chunks; an empty one is a frame that the camera dropped, and shows nothing."""
    place, last, frames, chunks, streams, stated, video = 0, 0, 0, 0, 0, 0, None
    while place + 8 <= len(content):
        kind, length = struct.unpack_from("<4sI", content, place)
        if kind in (b"RIFF", b"LIST"):
            last = place + 8 + length if kind == b"RIFF" else last
            place += 12
            continue
        if place >= last:
            break  # what follows the last RIFF proves nothing
        if not all(32 <= letter < 127 for letter in kind) or place + 8 + length > len(content):
            return Container(damaged=True, frames=frames)
        if kind == b"avih":
            stated = struct.unpack_from("<I", content, place + 8 + 16)[0]
        elif kind == b"strh":
            video = streams if content[place + 8:place + 12] == b"vids" and video is None else video
            streams += 1
        elif kind[2:] in (b"dc", b"db") and kind[:2] == b"%02d" % (video or 0):
            chunks, frames = chunks + 1, frames + (length > 0)
        place += 8 + length + length % 2
    return Container(damaged=chunks + 1 < stated, frames=frames)


def _asf(content: mmap.mmap) -> Container:
    """An ASF file states its size, and its packets, all of one length, begin alike."""
    place, stated, length = 30, 0, 0
    while place + 24 <= len(content):
        kind, size = content[place:place + 16], struct.unpack_from("<Q", content, place + 16)[0]
        if kind == ASF_PROPERTIES:
            stated, length = struct.unpack_from("<Q", content, place + 40)[0], struct.unpack_from("<I", content,
                                                                                                 place + 96)[0]
        if kind == ASF_DATA:
            packets = struct.unpack_from("<Q", content, place + 40)[0]
            starts = range(place + 50, min(place + 50 + packets * length, len(content)), length) if length else ()
            return Container(damaged=stated > len(content) or any(content[start] != 0x82 for start in starts))
        if size < 24:
            break
        place += size
    return Container(damaged=stated > len(content))


def _transport_stream(content: mmap.mmap) -> Container:
    """Every packet of a transport stream begins with one byte, and none is left half; zeros may fill its end."""
    first, length = next((first, length) for first, length in PACKETS
                         if content[first:first + length * 3:length] == bytes([SYNC] * 3))
    starts = np.frombuffer(content, np.uint8)[first::length] == SYNC
    packets = int(np.flatnonzero(starts)[-1]) + 1
    rest = len(content) - packets * length
    filled = 0 <= rest <= FILLING and not content[packets * length:].strip(b"\0")
    return Container(damaged=not starts[:packets].all() or not filled)


def _program_stream(content: mmap.mmap) -> Container:
    """The packs and packets of a program stream follow one another without a gap; zeros may fill its end."""
    place = 0
    while place + 6 <= len(content):
        if content[place:place + 3] != b"\0\0\1":
            return Container(damaged=len(content) - place > FILLING or bool(content[place:].strip(b"\0")))
        kind = content[place + 3]
        if kind == 0xBA:
            place += 12 if content[place + 4] >> 4 == 2 else 14 + (content[place + 13] & 7)
        elif kind == 0xB9:
            place += 4
        else:
            place += 6 + int.from_bytes(content[place + 4:place + 6], "big")
    return Container(damaged=place > len(content))
