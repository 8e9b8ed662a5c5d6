"""`python3 code/run.py camera`: a window in which what is signed before the camera is read as it is signed.

    python3 code/run.py camera [INDEX or FILE] [--model X] [--tracker hands]

A FILE plays at its own speed in the camera's place. Where no window can be opened, the page in the browser serves.
"""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np

from app.following import Following
from app.words import TRACKER_REMEDY, Option, understood
from ground.counted import counted
from ground.environment import quiet
from ground.errors import DataError, in_a_sentence
from ground.files import ROOT, shown
from ground.settings import check_settings
from recognition.sign_reader import load_reader
from results.drawn import band, parts_of, with_hands, with_text

OPTIONS = (Option("--model", "eksperimenta numurs, mape vai .tflite"), Option("--tracker", "holistic vai hands"))
TITLE = "LZV"
KEYS = "C – notīrīt   S – saglabāt   Q – beigt"
WAIT = 15  # milliseconds for a key, between two looks at the newest picture
#: A window that cannot be opened ends the whole program, so a program of its own tries.
TRY = "import cv2; cv2.namedWindow('LZV'); cv2.waitKey(1)"
NO_WINDOW = "Logu šeit nevar atvērt (nav ekrāna), tāpēc kamera ir lapā pārlūkā."


def main() -> None:
    """Follows the camera in a window until Q, Esc or the window's closing."""
    words, options = understood(sys.argv[1:], OPTIONS, "camera [NUMURS vai VIDEO] [izvēles]")
    if len(words) > 1:
        raise DataError(words[1], "kamera var būt tikai viena", "Norādiet vienu numuru vai failu")
    source = words[0] if words else "0"
    is_file = not source.isdecimal() or os.path.exists(source)
    if is_file and not os.path.isfile(source):
        raise DataError(source, "tāda faila nav", "Kamerām ir numuri: pirmā ir 0, otrā 1")
    tracker = options.get("tracker", "hands").replace("auto", "hands")
    check_settings({"TRACKER": tracker}, TRACKER_REMEDY)
    reader = load_reader(options.get("model"))
    if not window_possible():
        if is_file:
            raise DataError("camera", "logu šeit nevar atvērt (nav ekrāna)", f"Failu nolasa: recognise {source}")
        print(NO_WINDOW, flush=True)
        from app import page

        sys.argv[1:] = [f"--{name}={value}" for name, value in options.items()]
        return page.main()
    with quiet(), Following(Path(source) if is_file else int(source), reader, tracker) as following:
        show(following, ROOT / "data" / "videos")
    if following.fault:
        raise following.fault
    if following.newest.facts.damage:
        print(f"⚠ {following.newest.facts.damage}.")
    for signs in following.lines:
        print("".join(part for part, _ in parts_of(signs)))
    print(f"No {counted(following.newest.given, 'kadra', 'kadriem')} apstrādāti {following.processed} "
          f"({following.processed / max(following.seconds, 1.0):.0f} sekundē).")
    return None


def show(following: Following, videos: Path) -> None:
    """The window, until its user (Q, Esc, its closing, Ctrl-C) or the camera ends it."""
    with contextlib.suppress(KeyboardInterrupt):
        _until_its_end(following, videos)
    cv2.destroyAllWindows()


def _until_its_end(following: Following, videos: Path) -> None:
    cv2.namedWindow(TITLE, cv2.WINDOW_AUTOSIZE | cv2.WINDOW_GUI_NORMAL)
    said, last, shown_last = KEYS, None, None
    while not following.ended or (following.newest.facts.damage and last is not None):  # what was read is not lost
        if following.ended and said == KEYS:
            said = f"Kamera atvienota. {KEYS}"
        last = following.picture
        if last is not None and (id(last), said) != shown_last:
            shown_last = id(last), said
            cv2.imshow(TITLE, drawn(last, following.hands, following.lines, said)[..., ::-1])
        key = cv2.waitKey(WAIT) & 0xFF
        if key in (ord("q"), 27) or (last is not None and cv2.getWindowProperty(TITLE, cv2.WND_PROP_VISIBLE) < 1):
            break
        if key == ord("c"):
            following.clear()
            said = KEYS
        if key == ord("s"):
            said = kept(following, videos)


def drawn(image: np.ndarray, hands: np.ndarray, lines: list, said: str) -> np.ndarray:
    """The picture as in a mirror, the hands' bones on it, the text and a line of help below."""
    flipped = np.where(np.repeat(hands.reshape(2, -1).any(axis=1), len(hands) // 2)[:, None],
                       hands * [-1, 1, 1] + [1, 0, 0], 0)
    text = [part for number, signs in enumerate(lines)
            for part in ([(" / ", False)] if number else []) + parts_of(signs)]
    picture = with_text(with_hands(image[:, ::-1], flipped), text)
    return with_text(picture, [(said, False)], band(image) // 2)


def kept(following: Following, videos: Path) -> str:
    """Keeps the clip; a sentence on what came of it."""
    try:
        path = following.keep(videos)
    except DataError as error:
        return str(error)
    return f"Saglabāts {shown(path)} (ja nepareizi, pārdēvējiet mapi)"


def window_possible() -> bool:
    """Whether a window can be opened here."""
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return False
    try:
        return subprocess.run([sys.executable, "-c", TRY], capture_output=True, check=False, timeout=60).returncode == 0
    except subprocess.TimeoutExpired:  # a screen is named that does not answer
        return False


if __name__ == "__main__":
    in_a_sentence(main)
