"""Recognising: any source in, text out, in constant memory."""

import dataclasses
from pathlib import Path

import numpy as np

from ground.files import from_root
from ground.landmarks import HAND_JOINTS, hands_seen, palm_lengths
from ground.settings import check_settings
from recognition.sign_reader import SignReader, load_reader
from recognition.source import Facts, frames_of
from recognition.stream import Line, Piece, SignStream
from recognition.text import Correction, corrections, doubtful, read_words, text_of

#: Below these a recording is too poor to be believed: frames a second, share of frames with a hand while somebody
#: signs, a palm's length in picture heights, and the share of signs that are not doubtful.
SLOW, RARELY_SEEN, TINY, UNSURE = 12, 0.6, 0.025, 0.5
PIXELS = 10  # of a palm's length, at least
AROUND = 1.0  # seconds before and after a line that belong to it


@dataclasses.dataclass(frozen=True)
class Recognition:
    """What was read: lines of signs with times (seconds), what a list of words would change in each, what is to be said
    of the recording (Latvian sentences), and, where they were kept, the pieces that were read at once."""

    facts: Facts
    reader: SignReader
    lines: list[Line]
    corrections: list[list[Correction]]
    remarks: list[str]
    pieces: list[Piece]

    @property
    def text(self) -> str:
        """A line of text for each line of signs."""
        return "\n".join(text_of(sign.sign for sign in line.signs) for line in self.lines)


def recognise(source: str | int | Path | np.ndarray, model: str | int | Path | SignReader | None = None,
              tracker: str = "auto", words: str | Path | None = None, keep: bool = False,
              seconds: float | None = None, fps: float | None = None, aspect: float | None = None,
              heard=lambda line, facts: None) -> Recognition:
    """Reads a video file, a landmark array (`.npy` or in memory) or a camera (its index) of any length.

    `model`: None is the newest finished experiment; a number, a folder or a `.tflite`.
    `tracker`: "holistic", "hands" or "auto" (Holistic where it sees a body in the first second).
    `words`: a text file (`text.read_words`). `keep`: keep the pieces, for figures; they grow with the length.
    `seconds`: how long to listen to a camera. `fps` and `aspect` (width / height) of an array.
    `heard` is called with each line as soon as it has ended. A stop by the user keeps what was read.
    Raises DataError for a source or a model that cannot be read.
    """
    check_settings({"TRACKER": tracker})
    reader = model if isinstance(model, SignReader) else load_reader(model)
    listed = read_words(from_root(words), reader.signs) if words else {}
    facts, kind, frames = frames_of(source, tracker, seconds, fps, aspect)
    lines, changes, kept, look = [], [], [], _Look()
    pieces: list[Piece] = []

    def watch(piece: Piece) -> None:
        pieces.append(piece)
        look.at(piece, stream.aspect)

    def close(ended: list[Line]) -> None:
        for line in ended:
            lines.append(line)
            changes.append(_corrections(line, pieces, reader, listed) if listed else [])
            heard(line, facts)
        needed = stream.open[0].start - AROUND if stream.open else np.inf
        while pieces and pieces[0].times[-1] < needed:
            piece = pieces.pop(0)
            if keep:
                kept.append(piece)

    stream = SignStream(reader, kind, facts.aspect, watch)
    try:
        for time, frame in frames:
            stream.aspect = facts.aspect
            close(stream.take(time, frame))
    except KeyboardInterrupt:
        facts.interrupted, facts.damage = True, "lasīšana pārtraukta; nolasīts, kas bija līdz tam"
    close(stream.finish())
    look.hand_frames = stream.hand_frames
    remarks = _remarks(facts, lines, look)
    if words and not listed:
        remarks.append("Vārdu sarakstā nav neviena vārda no modeļa zīmēm.")
    return Recognition(facts, reader, lines, changes, remarks, kept)


class _Look:
    """How well the hands were seen in what was read."""

    def __init__(self):
        self.frames = self.seen = self.hand_frames = 0
        self.palms: list[float] = []
        self.steps: list[float] = []

    def at(self, piece: Piece, aspect: float) -> None:
        hands = piece.hands.reshape(-1, HAND_JOINTS, 3)[hands_seen(piece.hands).ravel()] * [aspect, 1, aspect]
        self.frames += len(piece.hands)
        self.seen += int(hands_seen(piece.hands).any(axis=1).sum())
        self.steps.append(float(np.median(np.diff(piece.times))) if len(piece.times) > 1 else 0.0)
        if len(hands):
            self.palms.append(float(np.median(palm_lengths(hands))))


def _remarks(facts: Facts, lines: list[Line], look: _Look) -> list[str]:
    """Sentences on what speaks against believing the text."""
    remarks = []
    signs = [sign for line in lines for sign in line.signs]
    if facts.damage:
        remarks.append(f"{facts.damage[0].upper()}{facts.damage[1:]}.")
    if facts.several:
        remarks.append("Attēlā ir vairāki cilvēki; lasīts tas, kurš ir vistuvāk vidum.")
    if not facts.frames:
        return [*remarks, "Tajā nav neviena kadra."]
    if facts.assumed:
        remarks.append("Masīvā nav teikts kadru skaits sekundē vai attēla malu attiecība; lasīts ar "
                       f"{facts.fps:.0f} un {facts.aspect:.2f}.")
    if not look.seen and look.hand_frames:
        return [*remarks, f"Roka redzama tikai dažos kadros ({look.hand_frames}): ieraksts ir par īsu."]
    if not look.seen:
        return [*remarks, "Nevienā kadrā nav redzama roka. Filmējiet tā, lai plauksta ir kadrā, un labā gaismā."]
    if not signs:
        return [*remarks, "Roka ir redzama, bet neviena zīme nav nolasīta."]
    poor = []
    if np.median(look.steps) > 1 / SLOW:
        poor.append(f"kadru sekundē ir tikai {1 / np.median(look.steps):.0f}")
    if look.seen < RARELY_SEEN * look.frames:
        poor.append(f"roka redzama tikai {100 * look.seen / look.frames:.0f} % kadru")
    if np.median(look.palms) < max(TINY, PIXELS / facts.height if facts.height else 0):
        poor.append("roka attēlā ir ļoti maza")
    if sum(not doubtful(sign) for sign in signs) < UNSURE * len(signs):
        poor.append("vairāk nekā puse zīmju ir apšaubāmas")
    if poor:
        remarks.append(f"Nolasītajam nevar ticēt: {', '.join(poor)}.")
    return remarks


def _corrections(line: Line, pieces: list[Piece], reader: SignReader, words: dict[str, list[str]]) -> list[Correction]:
    probabilities = np.concatenate([piece.probabilities for piece in pieces])
    times = np.concatenate([piece.times[::reader.stride][:len(piece.probabilities)] for piece in pieces])
    steps = [int(np.searchsorted(times, sign.at)) for sign in line.signs]
    first, last = (np.searchsorted(times, [line.start - AROUND, line.end + AROUND]))
    return corrections(line.signs, probabilities[first:last], reader.signs, words, [step - first for step in steps])
