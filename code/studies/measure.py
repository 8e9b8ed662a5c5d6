"""How good the generator is, measured here and now. Real recordings are read where a setting names them.

    python3 code/run.py signer [-p LETTERS DIR] [-p ALPHABET FILE] [-p ISOLATED FILE] [-p MODEL FILE]
                                 (some minutes; prints the figures of docs/virtual_signer, writes nothing)

LETTERS: a folder of .npz sets of single letters (`asl.letters`) of the alphabet that ALPHABET describes.
ISOLATED: an .npz of single LZV signs (landmarks int16 / 20000, length, sign, hand). MODEL: a prediction
model to read them with.
"""

import dataclasses
import time
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import StratifiedKFold, cross_val_score

from asl.letters import letter_recordings
from ground.errors import DataError, in_a_sentence
from ground.files import ROOT, from_root, shown
from ground.landmarks import HAND_JOINTS, KNUCKLES, WRIST, as_right_hand, hands_seen, palm_lengths
from ground.options import needed_file, needed_folder, options
from ground.signs import load_char_map
from results.reports import result_sentences
from signer.alphabet import Alphabet, load_alphabet
from signer.camera import Camera
from signer.noise import load_noise
from signer.people import draw_person
from signer.phrases import draw_phrases, read_phrases
from signer.practice import practise
from signer.rendered_set import read_test_file, rendered_recordings
from studies.handshapes import examples, nearest, normalised
from utils.evaluation import assess, proportion_interval
from utils.model_file import load_model
from utils.reading import Reader
from utils.recordings import Recording

SETTINGS = {"LETTERS": "", "ALPHABET": "code/alphabets/asl.json", "ISOLATED": "", "MODEL": "",
            "RENDERED_TEST": "data/rendered_test/lzv.npz"}
ALPHABETS = ROOT / "code" / "alphabets"
MOVING = {"j", "z", " ", "space"}
STILL = ("a", "b", "u")
COMPARED = ("a", "ā", "b", "u")


def main() -> None:
    settings = options(SETTINGS)
    drawn = needed_file(settings, "RENDERED_TEST")
    single, model = (needed_file(settings, name) if settings[name] else None for name in ("ISOLATED", "MODEL"))
    letters = sorted(needed_folder(settings, "LETTERS").rglob("*.npz")) if settings["LETTERS"] else []
    speed()
    drawn_video(drawn)
    for path in letters:
        letters_of_people(path, load_alphabet(from_root(settings["ALPHABET"])))
    if single:
        latvian_letters(single)
        real_or_generated(single)
    if model:
        read_with(model, settings)


def speed() -> None:
    """Frames of landmarks generated a second, on one core."""
    alphabet, noise, rng = load_alphabet(ALPHABETS / "lzv.json"), load_noise(), np.random.default_rng(0)
    listed = read_phrases(ALPHABETS / "phrases_lzv.txt", alphabet)
    phrases = draw_phrases(400, listed, list(alphabet.signs), rng)
    started = time.process_time()
    frames = sum(len(practise(phrase, alphabet, noise, rng).hands) for phrase in phrases)
    print(f"Ģenerēti punkti: {frames / (time.process_time() - started):.0f} kadri sekundē uz viena kodola")


def drawn_video(path: Path) -> None:
    """How far from the truth the real MediaPipe is on the rendered test set."""
    content = read_test_file(path)
    aspect = np.repeat(content["aspect"], content["length"])[:, None, None, None]
    stretch = np.concatenate([aspect, np.ones_like(aspect), aspect], axis=-1)
    found, truth = (content[name].astype(float).reshape(-1, 2, HAND_JOINTS, 3) for name in ("landmarks", "truth"))
    inside = ((truth[..., :2] > 0) & (truth[..., :2] < 1)).all(-1).mean(-1) > 0.9
    seen = found.any(axis=(2, 3))
    palm = np.linalg.norm((truth[:, :, KNUCKLES[1]] - truth[:, :, WRIST]) * stretch[:, :, 0], axis=-1)
    error = np.linalg.norm(((found - truth) * stretch)[..., :2], axis=-1).mean(axis=-1) / palm
    held = (inside & seen)[content["sign"] >= 0], error[content["sign"] >= 0]
    print(f"Uzzīmētie video: roka atrasta {seen[inside].mean():.3f} no {inside.sum()} reizēm, kad tā ir kadrā; kļūda "
          f"{error[inside & seen].mean():.3f} plaukstas (mediāna {np.median(error[inside & seen]):.3f}), zīmes laikā "
          f"{held[1][held[0]].mean():.3f} ({np.median(held[1][held[0]]):.3f})")


def letters_of_people(path: Path, alphabet: Alphabet) -> None:
    """Real letters: the nearest handshape of their middle frames among the generator's examples."""
    recordings = letter_recordings(path)
    hands = [_middle(recording) for recording in recordings]
    letters = [recording.signs[0] for recording in recordings]
    known = [sign for sign in alphabet.signs if sign.isalpha() and sign not in MOVING]
    kept = [number for number, (hand, letter) in enumerate(zip(hands, letters)) if hand is not None and letter in known]
    named = nearest(normalised(np.array([hands[i] for i in kept])), *examples(alphabet, known, load_noise()))
    _tell(f"{path.stem}, tuvākā rokas forma", [letters[i] for i in kept], named)


def latvian_letters(path: Path) -> None:
    """Nearest handshape of real a, b, u (middle frames) among the examples of the LZV alphabet."""
    recordings = isolated(path, STILL)
    hands, signs = [_middle(recording) for recording in recordings], [recording.phrase for recording in recordings]
    kept = [number for number, hand in enumerate(hands) if hand is not None]
    alphabet = load_alphabet(ALPHABETS / "lzv.json")
    named = nearest(normalised(np.array([hands[i] for i in kept])),
                    *examples(alphabet, _different_hands(alphabet), load_noise()))
    _tell("LZV a b u", [signs[i] for i in kept], named)


def read_with(model_path: Path, settings: dict[str, str]) -> None:
    """Reads the rendered test set, as MediaPipe saw it and as it was, and the real isolated signs, each recording as a
    phrase."""
    char_map = load_char_map(ROOT / "char_map.json")
    model = load_model(model_path)
    rendered = rendered_recordings(needed_file(settings, "RENDERED_TEST"), char_map)
    true = true_recordings(needed_file(settings, "RENDERED_TEST"), rendered)
    result = assess(Reader(model, rendered, char_map).read()[0])
    print(result_sentences(result["figures"], "Uzzīmētie video"))
    errors = {sign: f"{by['missed']}/{by['count']}" for sign, by in result["by_sign"].items() if by["missed"]}
    print("  kļūdas pa zīmēm:", errors)
    print(result_sentences(assess(Reader(model, true, char_map).read()[0])["figures"], "No īstajām locītavu vietām"))
    if settings["ISOLATED"]:
        readings = Reader(model, isolated(needed_file(settings, "ISOLATED"), COMPARED), char_map).read()[0]
        _tell("Īstie a ā b u, katrs kā frāze", [r.recording.phrase for r in readings],
              ["-".join(r.signs) for r in readings])


def true_recordings(path: Path, rendered: list[Recording]) -> list[Recording]:
    """The rendered test set's recordings with the joints where they are, in the frames in which a hand was found."""
    content, depth = read_test_file(path), [1, 1, load_noise().depth]
    truth = np.split(content["truth"].astype(np.float32) * np.float32(depth), np.cumsum(content["length"])[:-1])
    return [dataclasses.replace(recording, landmarks=np.where(
                np.repeat(hands_seen(recording.hands), HAND_JOINTS, axis=1)[..., None], joints, 0).astype(np.float32))
            for recording, joints in zip(rendered, truth)]


def real_or_generated(path: Path) -> None:
    """How well a forest of trees tells real from generated recordings of the same signs, and by what."""
    alphabet, noise, rng = load_alphabet(ALPHABETS / "lzv.json"), load_noise(), np.random.default_rng(0)
    real = isolated(path, COMPARED)
    generated = []
    for recording in real:
        camera = Camera(1280, 720, 30.0, 45.0, rng.uniform(5, 8), rng.normal(0, 10), rng.normal(0, 5), 0.0,
                        (-2.0, 0.0, 2.5))
        person = dataclasses.replace(draw_person(rng), left_handed=False)
        hand = practise(recording.signs, alphabet, noise, rng, person, camera).hands
        generated.append(Recording("", recording.signs, hand, 16 / 9))
    sets = [[row for row in map(_properties, side) if row] for side in (real, generated)]
    labels = np.r_[np.zeros(len(sets[0])), np.ones(len(sets[1]))]
    for group in sets[0][0]:
        values = np.concatenate([np.array([row[group] for row in side]) for side in sets])
        forest = RandomForestClassifier(200, min_samples_leaf=3, random_state=0, n_jobs=2)
        accuracy = cross_val_score(forest, values, labels, cv=StratifiedKFold(5, shuffle=True, random_state=0)).mean()
        print(f"Īsts vai ģenerēts, pēc «{group}»: {accuracy:.3f} (0.5 – nevar atšķirt; {len(labels)} ieraksti)")


def _properties(recording: Recording) -> dict[str, np.ndarray] | None:
    """What a classifier may look at, by groups: each a vector of one recording."""
    hand, _ = as_right_hand(recording.hands, recording.aspect)
    if len(hand) < 8:
        return None
    hand = hand / palm_lengths(hand).mean()
    joints = hand - hand[:, [WRIST]]
    jitter = np.abs(np.diff(joints, 2, axis=0)).mean(axis=0)
    bones = np.linalg.norm(np.diff(joints[:, 1:].reshape(len(joints), 5, 4, 3), axis=2), axis=3)
    path = np.diff(hand[:, WRIST, :2], axis=0)
    groups = {
        "forma x, y": joints[..., :2].mean(axis=0).ravel(), "dziļums z": joints[..., 2].mean(axis=0),
        "trīce": np.r_[jitter[:, :2].mean(axis=0), jitter[:, 2].mean(), jitter[4::4].ravel()],
        "kaulu garums": np.r_[bones.mean(axis=0).ravel(), bones.std(axis=0).ravel()],
        "plaukstas ceļš": np.r_[np.abs(path).mean(axis=0), np.abs(path).max(axis=0), path.sum(axis=0)],
    }
    return groups | {"viss kopā": np.concatenate(list(groups.values()))}


def isolated(path: Path, signs: tuple[str, ...]) -> list[Recording]:
    """The recordings of some signs from a file of single LZV signs, each as a phrase.

    The .npz has landmarks int16 (all frames, 21, 3) in 1/20000 of the picture's width and height, and for each
    recording length, sign, hand ("left" or "right", the slot it fills) and location (`transfer` parts by it). Raises
    DataError for a file of another form.
    """
    recordings = []
    try:
        with np.load(path, allow_pickle=False) as file:
            landmarks, ends, names, sides = (file[name] for name in ("landmarks", "length", "sign", "hand"))
    except (OSError, EOFError, TypeError, ValueError, KeyError, zipfile.BadZipFile):
        raise DataError(shown(path), "tas nav atsevišķu zīmju fails ar laukiem landmarks, length, sign un hand",
                        "Laukus apraksta code/studies/measure.py") from None
    for number, (end, length) in enumerate(zip(np.cumsum(ends), ends)):
        if names[number] in signs:
            hands = np.zeros((length, 2, HAND_JOINTS, 3), np.float32)
            hands[:, int(sides[number] == "right")] = landmarks[end - length:end] / 20000
            recordings.append(Recording(f"{names[number]}_{number:04}", [str(names[number])],
                                        hands.reshape(length, 2 * HAND_JOINTS, 3), 16 / 9))
    return recordings


def _middle(recording: Recording) -> np.ndarray | None:
    """A one-handed recording's middle frame as a right hand in picture heights; None where no hand is seen."""
    hand, frames = as_right_hand(recording.hands, recording.aspect)
    shown = np.flatnonzero(frames == len(recording.hands) // 2)
    return hand[shown[0]] if len(shown) else None


def _different_hands(alphabet) -> list[str]:
    """One-handed signs, one for each handshape and orientation: movement is not seen in a single frame."""
    chosen = {}
    for name, sign in alphabet.signs.items():
        if sign.second is None and name not in MOVING:
            chosen.setdefault((*sign.hand.angles, *sign.hand.turned), name)
    return list(chosen.values())


def _tell(title: str, truth: list[str], named: list[str]) -> None:
    count, right = len(truth), np.mean([one == other for one, other in zip(truth, named)])
    low, high = proportion_interval(right, count)
    confused = Counter((one, other) for one, other in zip(truth, named) if one != other).most_common(12)
    print(f"{title}: {right:.3f} ({low:.3f}–{high:.3f}) pareizi no {count}")
    print("  jauc:", ", ".join(f"{one} → {other or 'nekas'} {times}" for one, other, times in
                               ((*pair, times) for pair, times in confused)) or "nekas")


if __name__ == "__main__":
    in_a_sentence(main)
