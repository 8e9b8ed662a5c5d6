"""How fast recognising is: the command against Holistic alone on a clip of ten seconds, the camera against its tracker.

    python3 code/run.py pace     (three minutes; prints, writes nothing)

The clip is put together from those that ship. Each pair is run in turn, three times; medians.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

from app.following import Following
from frames.tracking import track
from frames.video import VideoFacts, find_videos, read_frames
from ground.environment import quiet
from ground.errors import in_a_sentence
from ground.files import ROOT
from recognition.recognise import recognise
from recognition.sign_reader import load_reader

SIZE, SECONDS, RATE = (640, 480), 10, 25.0
TOO_FAST = 60.0  # frames a second: more than the tracker follows
ROUNDS = 3
WANTED = {"hands": 0.7, "holistic": 1.2}


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pictures = [image for path in find_videos(ROOT / "data" / "videos").values() for image in read(path)
                    if image.shape[1::-1] == SIZE][:round(SECONDS * RATE)]
        say_command(pictures, save(folder / "clip.mp4", pictures, RATE))
        say_camera(pictures, save(folder / "fast.mp4", pictures * 3, TOO_FAST))
        say_latency()


def say_command(pictures: list[np.ndarray], clip: Path) -> None:
    """The whole command, from its start to its text, in units of what Holistic alone takes for the clip's pictures."""
    seconds: dict[str, list[float]] = {"alone": [], **{tracker: [] for tracker in WANTED}}
    for _ in range(ROUNDS):
        seconds["alone"].append(timed(lambda: track(pictures, "holistic")))
        for tracker in WANTED:
            words = [sys.executable, str(ROOT / "code" / "run.py"), "recognise", str(clip), "--tracker", tracker]
            seconds[tracker].append(timed(lambda words=words: subprocess.run(words, check=True, capture_output=True)))
    alone = statistics.median(seconds["alone"])
    for tracker, most in WANTED.items():
        taken = statistics.median(seconds[tracker])
        print(f"recognise --tracker {tracker}: {taken:.1f} s, Holistic viens pats {alone:.1f} s: {taken / alone:.2f} "
              f"(ne vairāk par {most})")


def say_camera(pictures: list[np.ndarray], clip: Path) -> None:
    """Frames a second of the camera, all that belongs to it included, and of the tracker alone."""
    alone, followed = [], []
    for _ in range(ROUNDS):
        alone.append(len(pictures) / timed(lambda: track(pictures, "hands")))
        with quiet(), Following(clip, load_reader(), "hands") as following:
            while not following.processed:
                time.sleep(0.01)
            started, before = time.perf_counter(), following.processed
            while not following.ended:
                time.sleep(0.01)
            followed.append((following.processed - before) / (time.perf_counter() - started))
    ours, tracker = statistics.median(followed), statistics.median(alone)
    print(f"kamera: {ours:.1f} kadri sekundē, meklētājs viens pats {tracker:.1f}: {ours / tracker:.2f} (vismaz 0.9)")


def say_latency() -> None:
    """How long after its end a sign's letter stands in the text, over the clips that ship, at their own speed."""
    late = []
    for path in find_videos(ROOT / "data" / "videos").values():
        reader = load_reader()
        final = [sign for line in recognise(path, reader, "hands").lines for sign in line.signs]
        seen: dict[int, float] = {}
        with quiet(), Following(path, reader, "hands") as following:
            while not following.ended:
                now = following.newest.facts.seconds  # what the camera shows at this moment
                read = [sign.sign for line in following.lines for sign in line]
                for place, sign in enumerate(final):
                    if place < len(read) and read[place] == sign.sign:
                        seen.setdefault(place, now - sign.end)
                    else:
                        seen.pop(place, None)
                time.sleep(0.005)
        late += seen.values()
    print(f"no zīmes beigām līdz burtam ({len(late)} zīmes): mediāna {statistics.median(late):.2f} s, 95 % līdz "
          f"{np.percentile(late, 95):.2f} s (ne vairāk par 0.7)")


def read(path: Path) -> list[np.ndarray]:
    return list(read_frames(path, VideoFacts()))


def save(path: Path, pictures: list[np.ndarray], rate: float) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), rate, SIZE)
    for picture in pictures:
        writer.write(picture[..., ::-1])
    writer.release()
    return path


def timed(work) -> float:
    """Seconds that a piece of work takes."""
    started = time.perf_counter()
    with quiet():
        work()
    return time.perf_counter() - started


if __name__ == "__main__":
    in_a_sentence(main)
