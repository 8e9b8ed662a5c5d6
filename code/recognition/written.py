"""What was read as files: JSON with times and confidences, SRT subtitles.

SRT: number, start --> end, text, an empty line (SubRip; as players and editors read it).
"""

from datetime import datetime
from pathlib import Path

from ground.files import write_json, written_whole
from recognition.alignment import Sign
from recognition.recognise import Recognition
from recognition.text import text_of

#: A subtitle stays at least so long, and holds at most so many signs.
SHORTEST, MOST_SIGNS = 1.0, 42


def as_json(recognition: Recognition) -> dict:
    """All that was read, in numbers: seconds, and confidences from 0 to 1."""
    facts = recognition.facts
    return {
        "source": facts.name, "text": recognition.text, "model": recognition.reader.path.name,
        "tracker": facts.tracker, "width": facts.width, "height": facts.height, "frames": facts.frames,
        "fps": round(facts.fps, 2), "seconds": round(facts.seconds, 3), "remarks": recognition.remarks,
        "lines": [{"text": text_of(sign.sign for sign in line.signs), "start": round(line.start, 3),
                   "end": round(line.end, 3), "confidence": round(line.confidence, 4),
                   "signs": [_sign(sign) for sign in line.signs],
                   "corrections": [{"read": text_of(change.read), "word": text_of(change.word), "from": change.start,
                                    "to": change.stop, "ratio": round(change.ratio, 4)} for change in changes]}
                  for line, changes in zip(recognition.lines, recognition.corrections)]}


def as_srt(recognition: Recognition) -> str:
    """Subtitles, a line each; a long line is parted at its spaces."""
    parts = [part for line in recognition.lines for part in _parted(line.signs)]
    cues = []
    for number, (signs, capital) in enumerate(parts, 1):
        end = max(signs[-1].end, signs[0].start + SHORTEST)
        if number < len(parts):
            end = min(end, parts[number][0][0].start)
        text = text_of(sign.sign for sign in signs)
        text = text if capital else text[:1].lower() + text[1:]
        cues.append(f"{number}\n{_clock(signs[0].start)} --> {_clock(end)}\n{text}\n")
    return "\n".join(cues)


def targets_of(source: Path | int, folder: Path) -> dict[str, Path]:
    """Where in `folder` a reading is written, by kind: named after the video and the folder it lies in, since clips of
    several phrases may bear the same name; of a camera after the time."""
    camera = f"kamera_{datetime.now():%Y%m%d_%H%M%S}"
    name = f"{source.parent.name}_{source.stem}" if isinstance(source, Path) else camera
    return {kind: folder / f"{name}.{kind}" for kind in ("srt", "json")}


def write_recognition(recognition: Recognition, path: Path, kind: str) -> None:
    """Writes the `kind` "srt" or "json", whole or not at all. Raises DataError when it cannot."""
    if kind == "json":
        write_json(path, as_json(recognition))
        return
    with written_whole(path) as temporary:
        temporary.write_text(as_srt(recognition), encoding="utf-8")


def _sign(sign: Sign) -> dict:
    return {"sign": sign.sign, "start": round(sign.start, 3), "end": round(sign.end, 3),
            "confidence": round(sign.confidence, 4), "second": sign.second,
            "second_confidence": round(sign.second_confidence, 4)}


def _parted(signs: list[Sign]) -> list[tuple[list[Sign], bool]]:
    """A line's signs in parts that fit, and whether each begins the line."""
    parts, begin = [], 0
    while len(signs) - begin > MOST_SIGNS:
        spaces = [at for at in range(begin + 1, begin + MOST_SIGNS) if signs[at].sign == " "]
        stop = spaces[-1] + 1 if spaces else begin + MOST_SIGNS
        parts.append((signs[begin:stop], begin == 0))
        begin = stop
    return [*parts, (signs[begin:], begin == 0)] if begin < len(signs) else parts


def _clock(seconds: float) -> str:
    """Hours, minutes, seconds and thousandths, as SRT writes them.

    >>> _clock(3725.5)
    '01:02:05,500'
    """
    whole, thousandths = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02},{thousandths:03}"
