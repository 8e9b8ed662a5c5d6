"""Pictures as a video that a browser plays: VP9 in a .webm, or H.264 in an .mp4.

By PyAV (`requirements-video.txt`), which brings FFmpeg's encoders; OpenCV's cannot write a video for browsers.
"""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import numpy as np

from ground.errors import DataError
from ground.files import shown, written_whole

#: Encoder and its options by the file's ending: constant quality (crf, 0 best) and a fast mode.
ENCODERS = {".webm": ("libvpx-vp9", {"crf": "30", "b": "0", "deadline": "realtime", "cpu-used": "5"}),
            ".mp4": ("libx264", {"crf": "23", "preset": "veryfast", "movflags": "+faststart"})}


def film(pictures: Iterable[np.ndarray], path: Path, fps: float) -> int:
    """Writes RGB pictures uint8 (height, width, 3) of one size as a .webm or an .mp4, whole or not at all; returns
    their number. An odd side loses one row or column, as the encoders want.

    Raises DataError when there is no picture, for another ending, and without the package that encodes.
    """
    if path.suffix.lower() not in ENCODERS:
        raise DataError(shown(path), "tādu video failu nevar rakstīt",
                        f"Nosaukumam jābeidzas ar {' vai '.join(ENCODERS)}")
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
                        "Palaidiet: pip install -r requirements-video.txt") from None
    encoder, options = ENCODERS[path.suffix.lower()]
    number = 0
    with av.open(str(path), "w", options={"movflags": options["movflags"]} if "movflags" in options else {}) as file:
        stream = file.add_stream(encoder, rate=Fraction(fps).limit_denominator(1001),
                                 options={name: value for name, value in options.items() if name != "movflags"})
        stream.pix_fmt = "yuv420p"
        for number, picture in enumerate(pictures, 1):
            picture = np.ascontiguousarray(picture[:picture.shape[0] // 2 * 2, :picture.shape[1] // 2 * 2])
            if number == 1:
                stream.height, stream.width = picture.shape[:2]
            file.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        if number:
            file.mux(stream.encode())
    return number
