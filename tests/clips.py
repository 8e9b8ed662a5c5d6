"""Videos as people bring them: damaged, cut off, turned, with wide pixels; made from small whole ones byte by byte."""

import struct
from pathlib import Path

import cv2
import numpy as np

HEAD = 8  # bytes: length and kind of a box


def zeroed(path: Path, where: float, count: int) -> Path:
    """`count` bytes of zeros, beginning at this share of the file."""
    content = bytearray(path.read_bytes())
    start = int(where * len(content))
    content[start:start + count] = bytes(min(count, len(content) - start))
    path.write_bytes(content)
    return path


def cut(path: Path, where: float = 0.5) -> Path:
    """Only the first part of the file."""
    content = path.read_bytes()
    path.write_bytes(content[:int(where * len(content))])
    return path


def noisy_video(path: Path, frames: int = 120) -> Path:
    """A video whose frames take some hundred bytes each."""
    path.parent.mkdir(parents=True, exist_ok=True)
    codec = {".avi": "MJPG", ".webm": "VP80", ".mkv": "VP80"}.get(path.suffix, "mp4v")
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*codec), 30, (160, 120))
    rng = np.random.default_rng(0)
    for _ in range(frames):
        writer.write(np.kron(rng.integers(0, 255, (15, 20, 3)), np.ones((8, 8, 1))).astype(np.uint8))
    writer.release()
    return path


def corner_video(path: Path, frames: int = 4) -> Path:
    """A lying picture, 96 x 64, whose upper left corner is white."""
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), 10, (96, 64))
    image = np.zeros((64, 96, 3), np.uint8)
    image[:32, :48] = 255
    for _ in range(frames):
        writer.write(image)
    writer.release()
    return path


def with_matrix(path: Path, matrix: tuple[int, int, int, int]) -> Path:
    """An mp4 whose track has the display matrix (a, b, c, d)."""
    content = bytearray(path.read_bytes())
    a, b, c, d = (part * 65536 for part in matrix)
    struct.pack_into(">iiiii", content, content.index(b"tkhd") + 4 + 40, a, b, 0, c, d)
    path.write_bytes(content)
    return path


def with_first_frames_trimmed(path: Path, frames: int, of: int) -> Path:
    """An mp4 whose edit list leaves out the first frames, as a phone's scissors do; `of`: frames in all, 30 a second.
    """
    content = bytearray(path.read_bytes())
    scale = struct.unpack_from(">I", content, content.index(b"mvhd") + 4 + 12)[0]
    media = struct.unpack_from(">I", content, content.index(b"mdhd") + 4 + 12)[0]
    at = content.index(b"elst") + 4 + 8
    struct.pack_into(">Ii", content, at, scale * (of - frames) // 30, media * frames // 30)
    path.write_bytes(content)
    return path


def with_pixel_shape(path: Path, across: int, down: int) -> Path:
    """An mp4 whose pixels are not square (`pasp`); its moov stands last, so nothing else moves."""
    content = bytearray(path.read_bytes())
    entry = content.index(b"mp4v", content.index(b"stsd")) - 4
    box = struct.pack(">I4sII", 16, b"pasp", across, down)
    end = entry + struct.unpack_from(">I", content, entry)[0]
    old = content.find(b"pasp", entry, end)
    if old >= 0:
        struct.pack_into(">II", content, old + 4, across, down)
    else:
        content[end:end] = box
        for kind in (b"mp4v", b"stsd", b"stbl", b"minf", b"mdia", b"trak", b"moov"):
            at = content.rindex(kind, 0, entry + HEAD) - 4
            struct.pack_into(">I", content, at, struct.unpack_from(">I", content, at)[0] + len(box))
    path.write_bytes(content)
    return path


def of_unknown_codec(path: Path, codec: bytes = b"av01") -> Path:
    """An mp4 that says it holds another codec."""
    content = path.read_bytes()
    place = content.index(b"mp4v", content.index(b"stsd"))
    content = content[:place] + codec + content[place + 4:]
    path.write_bytes(content.replace(b"esds", b"free"))  # that box says once more what the codec is
    return path
