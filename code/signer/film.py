"""Drawn pictures as a video that a browser plays."""

import os
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np

from utils.errors import DataError
from utils.files import shown, written_whole

os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
CODEC = "VP80"  # about four times as fast as VP90 here, and every browser since 2010 plays it


def film(pictures: Iterable[np.ndarray], path: Path, fps: float) -> int:
    """Writes RGB pictures uint8 (height, width, 3) of one size as a .webm, whole or not at all; returns their number.

    Raises DataError when there is no picture, OpenCV cannot write such a video, or frames are missing from it.
    """
    with written_whole(path) as temporary:
        number = _written(pictures, temporary, fps)
        if number == 0:
            raise DataError(shown(path), "video nav neviena kadra", "Izvēlieties frāzi, kurā ir vismaz viena zīme")
        if _counted(temporary) != number:
            raise DataError(shown(path), "video nav uzrakstīts pilnībā", "Pārbaudiet, vai diskā ir vieta")
    return number


def _written(pictures: Iterable[np.ndarray], path: Path, fps: float) -> int:
    writer, number = None, 0
    try:
        for picture in pictures:
            writer = writer or _writer(path, fps, picture)
            writer.write(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
            number += 1
    finally:
        if writer is not None:
            writer.release()
    return number


def _writer(path: Path, fps: float, picture: np.ndarray) -> cv2.VideoWriter:
    height, width = picture.shape[:2]
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter_fourcc(*CODEC), fps, (width, height))
    if not writer.isOpened():
        raise DataError(shown(path), "OpenCV neprot rakstīt .webm video",
                        "Instalējiet opencv-python no requirements.txt")
    return writer


def _counted(path: Path) -> int:
    capture, number = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG), 0
    while capture.grab():
        number += 1
    capture.release()
    return number
