"""Drawn pictures as a video that a browser plays: VP9 in a .webm."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import numpy as np

from ground.errors import DataError
from ground.files import shown, written_whole

#: Constant quality (0 best, 63 worst) and the encoder's fastest mode.
OPTIONS = {"crf": "30", "b": "0", "deadline": "realtime", "cpu-used": "5"}


def film(pictures: Iterable[np.ndarray], path: Path, fps: float) -> int:
    """Writes RGB pictures uint8 (height, width, 3) of one size as a .webm, whole or not at all; returns their number.

    Raises DataError when there is no picture and without the package that encodes.
    """
    with written_whole(path) as temporary:
        number = _written(pictures, temporary, fps)
        if number == 0:
            raise DataError(shown(path), "video nav neviena kadra", "Izvēlieties frāzi, kurā ir vismaz viena zīme")
    return number


def _written(pictures: Iterable[np.ndarray], path: Path, fps: float) -> int:
    try:
        import av
    except ImportError:
        raise DataError("av", "video rakstīšanas pakotnes nav",
                        "Palaidiet: pip install --no-deps -r requirements-signer.txt") from None
    number = 0
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libvpx-vp9", rate=Fraction(fps).limit_denominator(1001), options=OPTIONS)
        stream.pix_fmt = "yuv420p"
        for number, picture in enumerate(pictures, 1):
            if number == 1:
                stream.height, stream.width = picture.shape[:2]
            file.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")))
        if number:
            file.mux(stream.encode())
    return number
