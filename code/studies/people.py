"""How people are read whom no weight saw: letters, words, clips, and hands that sign nothing.

    python3 code/run.py people [-p MODEL FILE] [-p LETTERS DIR] [-p WORDS FILE] [-p CLIPS DIR] [-p NOTHING DIR]
                               [-p MINUTES 60]     (some minutes; prints the figures of docs/results, writes nothing)

LETTERS: .npz sets of single letters (`asl.letters`), of one hand or of both, in a folder and the folders in it.
WORDS: an .npz of words seen by two trackers: holistic and hands (int16 / 16384), length, word, aspect. CLIPS: videos of
single letters; the letter ends each file's name. NOTHING: videos in which nothing is signed, in a folder and the
folders in it; beside them MINUTES of generated hands that sign nothing are read.
"""

import dataclasses
from pathlib import Path

import numpy as np

from asl.letters import LIKE_LETTERS, NOT_SEEN, UNIT, letter_recordings
from frames.video import SUFFIXES
from ground.errors import in_a_sentence
from ground.kinds import Number
from ground.landmarks import HAND_JOINTS
from ground.options import needed_file, needed_folder, numbers_of, options
from recognition.recognise import recognise
from recognition.sign_reader import SignReader, load_reader
from results.reports import held_and_doubled_sentence
from signer.noise import load_noise
from signer.practice import practise_nothing
from utils.augmentation import drop_depth
from utils.decoding import read_with_beam
from utils.evaluation import calibration, confusions, evaluate, proportion_interval
from utils.recordings import Reading, Recording

SETTINGS = {"MODEL": "models/asl/42", "LETTERS": "", "WORDS": "", "CLIPS": "", "NOTHING": "", "MINUTES": "60"}
TRACKERS = ("holistic", "hands")
SEED = 4711  # of the generated hands; practice is drawn with others


def main() -> None:
    settings = options(SETTINGS)
    reader = load_reader(settings["MODEL"])
    letters, filmed, nothing = (needed_folder(settings, name) if settings[name] else None
                                for name in ("LETTERS", "CLIPS", "NOTHING"))
    spelled = needed_file(settings, "WORDS") if settings["WORDS"] else None
    minutes = numbers_of(settings, {"MINUTES": Number(0, 1e4)})["MINUTES"]
    for path in sorted(letters.rglob("*.npz")) if letters else []:
        recordings = [as_letter(recording) for recording in letter_recordings(path)]
        tell(path.stem, read(reader, recordings))
        tell(f"{path.stem}, z = 0", read(reader, [flat(recording) for recording in recordings]))
    for tracker in TRACKERS if spelled else ():
        tell(f"vārdi, {tracker}", read(reader, words(spelled, tracker)))
    for tracker in TRACKERS if filmed else ():
        tell(f"video, {tracker}", clips(reader, filmed, tracker))
    minutes, signs = generated_nothing(reader, minutes)
    if minutes:
        print(f"Ģenerētas rokas, kas neko nerāda: {signs} zīmes {minutes:.0f} minūtēs, {signs / minutes:.2f} minūtē")
    if nothing:
        filmed_nothing(reader, nothing)


def read(reader: SignReader, recordings: list[Recording]) -> list[Reading]:
    """The recordings as `recognise` reads a stretch: up to the last frame with a hand."""
    readings = []
    for recording in recordings:
        steps = reader.read(recording.hands[:max(recording.frames, 1)], recording.aspect)
        readings.append(Reading(recording, *read_with_beam(steps, reader.signs)))
    return readings


def as_letter(recording: Recording) -> Recording:
    """A digit that is made like a letter is read as that letter: nothing else is right."""
    return dataclasses.replace(recording, signs=[LIKE_LETTERS.get(sign, sign) for sign in recording.signs])


def flat(recording: Recording) -> Recording:
    """The recording without depth."""
    return dataclasses.replace(recording, landmarks=drop_depth(recording.hands))


def words(path: Path, tracker: str) -> list[Recording]:
    """The words of one file as a tracker saw them."""
    with np.load(path, allow_pickle=False) as file:
        landmarks, lengths, spelled, aspects = (file[name] for name in (tracker, "length", "word", "aspect"))
    recordings = []
    for end, length, word, aspect in zip(np.cumsum(lengths), lengths, spelled, aspects):
        hands = landmarks[end - length:end].reshape(length, 2, HAND_JOINTS, 3)
        unseen = (hands == NOT_SEEN).any(axis=(2, 3), keepdims=True)
        hands = np.where(unseen, 0, hands / np.float32(UNIT)).reshape(length, 2 * HAND_JOINTS, 3)
        recordings.append(Recording(str(word), list(str(word)), hands, float(aspect)))
    return recordings


def clips(reader: SignReader, folder: Path, tracker: str) -> list[Reading]:
    """Videos of single letters, from the file to the text."""
    readings = []
    for path in videos(folder):
        letter = path.stem.split("_")[-1]
        lines = recognise(path, reader, tracker).lines
        signs = [sign.sign for line in lines for sign in line.signs]
        confidence = float(np.prod([line.confidence for line in lines]))
        recording = Recording(path.stem, [letter], np.zeros((1, 2 * HAND_JOINTS, 3), np.float32))
        readings.append(Reading(recording, signs, confidence))
    return readings


def generated_nothing(reader: SignReader, minutes: float) -> tuple[float, int]:
    """So many minutes of generated hands that sign nothing: how many were read, and the signs that were."""
    rng, noise = np.random.default_rng(SEED), load_noise()
    seconds = signs = 0
    while seconds < 60 * minutes:
        practice = practise_nothing(noise, rng)
        aspect = practice.camera.width / practice.camera.height
        signs += sum(len(line.signs) for line in recognise(practice.hands, reader, fps=practice.camera.fps,
                                                           aspect=aspect).lines)
        seconds += len(practice.hands) / practice.camera.fps
    return seconds / 60, signs


def filmed_nothing(reader: SignReader, folder: Path) -> None:
    """What is read in videos in which nothing is spelled."""
    for tracker in TRACKERS:
        seconds, found = 0.0, {}
        for path in videos(folder):
            recognition = recognise(path, reader, tracker)
            seconds += recognition.facts.seconds
            if recognition.text:
                found[path.stem] = recognition.text.replace("\n", " | ")
        signs = sum(len(text.replace(" | ", "")) for text in found.values())
        print(f"Video, kuros neko nerāda, {tracker}: {signs} zīmes {seconds / 60:.1f} minūtēs: {found}")


def videos(folder: Path) -> list[Path]:
    """The videos in a folder and the folders in it."""
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)


def tell(title: str, readings: list[Reading]) -> None:
    """One set's figures, in a few lines."""
    figures, count = evaluate(readings), len(readings)
    exact = figures["right"] / count
    low, high = proportion_interval(exact, count)
    print(f"{title}: tieši {exact:.3f} ({low:.3f}–{high:.3f}) no {count}; kļūdu daļa {figures['wer']:.3f} "
          f"({figures['interval'][0]:.3f}–{figures['interval'][1]:.3f}): S {figures['substitutions']}, "
          f"D {figures['deletions']}, I {figures['insertions']}; pārliecība kļūdās par "
          f"{calibration(readings)['error']:.3f}")
    pairs = [f"{one} → {other} {times}" for one, other, times in confusions(readings)[:12]]
    print("  biežākās kļūdas:", ", ".join(pairs) or "nav")
    print(f"  {held_and_doubled_sentence(readings)}")


if __name__ == "__main__":
    in_a_sentence(main)
