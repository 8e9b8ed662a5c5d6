"""`python3 code/run.py recognise FILE...`: videos in, text out.

    python3 code/run.py recognise FILE... [--model X] [--tracker hands] [--words FILE] [--json OUT] [--srt OUT]
                                          [--overlay OUT]

With several FILEs each has a line, and OUT is a folder; one that cannot be read does not stop the rest.
"""

import signal
import sys
from pathlib import Path

from app.words import TRACKER_REMEDY, Option, understood
from frames.film import ENCODERS
from frames.video import SUFFIXES
from ground.errors import INTERRUPTED, DataError, in_a_sentence
from ground.files import refuse_unwritable, shown
from ground.settings import check_settings
from recognition.recognise import Recognition, recognise
from recognition.sign_reader import SignReader, load_reader
from recognition.source import Facts
from recognition.stream import Line
from recognition.text import doubtful, marked_text, read_words, text_of
from recognition.written import write_recognition

OPTIONS = (Option("--model", "eksperimenta numurs, mape vai .tflite"), Option("--tracker", "auto, holistic vai hands"),
           Option("--words", "vārdu saraksts, teksta fails"), Option("--json", "kur rakstīt laikus un ticamību"),
           Option("--srt", "kur rakstīt subtitrus"), Option("--overlay", "kur rakstīt video ar punktiem un tekstu"))
WITH_TEXT = "_ar_tekstu"  # a folder may hold the video itself
ENDINGS = {"json": ".json", "srt": ".srt", "overlay": ".webm"}


def main() -> None:
    """Reads each FILE; ends with status 1 when one could not be read, with 130 when it was interrupted."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what is half written goes then too
    files, options = understood(sys.argv[1:], OPTIONS, "recognise VIDEO... [izvēles]")
    if not files:
        raise DataError("recognise", "nav teikts, ko lasīt", "Piemēram: python3 code/run.py recognise video.mp4")
    check_settings({"TRACKER": options.get("tracker", "auto")}, TRACKER_REMEDY)
    targets = [targets_of(Path(file), options, len(files) > 1) for file in files]
    refuse_overwriting(files, targets)
    reader = load_reader(options.get("model"))
    if words := listed_words(options):
        read_words(words, reader.signs)  # a list that cannot be read is told before any video is
    if "model" not in options:
        print(f"Modelis: {shown(reader.path)}", file=sys.stderr)
    failed, doubts = 0, False
    for file, target in zip(files, targets):
        try:
            result = one(file, reader, options, target, len(files) > 1)
        except DataError as error:
            failed += 1
            print(f"{file}: {error.fault}. {error.remedy}." if len(files) > 1 else error, file=sys.stderr, flush=True)
            continue
        doubts |= any(doubtful(sign) for line in result.lines for sign in line.signs)
        if result.facts.interrupted:
            sys.exit(INTERRUPTED)
    if doubts:
        print("[ ] – apšaubāma zīme", file=sys.stderr)
    if failed:
        sys.exit(1)


def one(file: str, reader: SignReader, options: dict[str, str], targets: dict[str, Path], several: bool) -> Recognition:
    """Reads one file, prints its text and what is to be said of it, and writes what was asked for."""
    def heard(line: Line, facts: Facts) -> None:
        if not several:
            print(marked_text(line.signs), flush=True)

    result = recognise(Path(file), reader, options.get("tracker", "auto"), listed_words(options),
                       keep="overlay" in targets, heard=heard)
    if several:
        print(f"{file}: {' / '.join(marked_text(line.signs) for line in result.lines) or '(nekas)'}", flush=True)
    for changes in result.corrections:
        for change in changes:
            print(f"  sarakstā ir: {text_of(change.word)} (nolasīts {text_of(change.read)})", flush=True)
    for remark in result.remarks:
        print(f"⚠ {file}: {remark}" if several else f"⚠ {remark}", file=sys.stderr, flush=True)
    for kind, target in targets.items():
        if kind == "overlay" and result.facts.interrupted:
            continue  # drawing takes as long again
        if kind == "overlay":
            from results.drawn import overlay

            overlay(result, Path(file), target)
        else:
            write_recognition(result, target, kind)
        print(f"Uzrakstīts: {shown(target)}", file=sys.stderr, flush=True)
    return result


def listed_words(options: dict[str, str]) -> Path | None:
    """The list of words, where one is given; it lies where the user is."""
    return Path(options["words"]).absolute() if "words" in options else None


def targets_of(file: Path, options: dict[str, str], several: bool) -> dict[str, Path]:
    """What is to be written for a file, and where. Raises DataError, before any work, where that cannot be written."""
    targets = {kind: Path(options[kind]) for kind in ENDINGS if kind in options}
    for kind, target in targets.items():
        if several and target.suffix.lower() in (*SUFFIXES, *ENDINGS.values()) and not target.is_dir():
            raise DataError(f"--{kind}", f"failu ir vairāki, bet «{target}» ir viens fails", "Norādiet mapi")
        if several or target.is_dir():
            targets[kind] = target / (file.stem + WITH_TEXT * (kind == "overlay") + ENDINGS[kind])
        if kind == "overlay":
            refuse_no_pictures(file, targets[kind])
        elif targets[kind].suffix.lower() in (*SUFFIXES, ".npy"):
            raise DataError(f"--{kind}", f"«{target}» ir video nosaukums", f"Piemēram: --{kind} teksts{ENDINGS[kind]}")
        refuse_unwritable(targets[kind])
    return targets


def refuse_no_pictures(file: Path, target: Path) -> None:
    """Raises DataError where an overlay cannot be drawn or not in that kind of file."""
    if file.suffix.lower() == ".npy":
        raise DataError("--overlay", f"«{file}» ir masīvs, tajā nav attēlu", "Norādiet video, no kura tas iegūts")
    if target.suffix.lower() not in ENCODERS:
        raise DataError(shown(target), "tādu video failu nevar rakstīt",
                        f"Nosaukumam jābeidzas ar {' vai '.join(ENCODERS)}")


def refuse_overwriting(files: list[str], targets: list[dict[str, Path]]) -> None:
    """Raises DataError where two files would be written to one, or over one that is to be read."""
    written = [target.resolve() for each in targets for target in each.values()]
    for target in written:
        if target in [Path(file).resolve() for file in files]:
            raise DataError(shown(target), "tas ir pats lasāmais fails", "Norādiet citu nosaukumu vai mapi")
        if written.count(target) > 1:
            raise DataError(shown(target), "divu failu rezultātiem būtu viens nosaukums", "Lasiet tos atsevišķi")


if __name__ == "__main__":
    in_a_sentence(main)
