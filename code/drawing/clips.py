"""Makes the six clips under data/videos that the first run extracts.

    python3 code/run.py clips     (some minutes; writes data/videos)
"""

from drawing.filming import Shot, taken
from drawing.scenes import DEMO_PEOPLE
from frames.film import film
from ground.errors import in_a_sentence
from ground.files import ROOT, shown
from ground.signs import join_phrase
from ground.table import RENDERED
from signer.camera import Camera
from signer.phrases import spell

FPS = 25.0
FRONT = Camera(640, 480, FPS, field=44, distance=11, pitch=2, target=(-0.9, 0.1, 1.5))
ASIDE = Camera(640, 480, FPS, field=44, distance=10.5, yaw=-12, target=(-0.9, 0.1, 1.5))
PHONE = Camera(480, 640, FPS, field=50, distance=10.5, yaw=6, target=(-0.8, 0.1, 1.5))
#: Text, which demonstrator (the second is left-handed), camera, signs a second.
CLIPS = (("rīga", 0, FRONT, 1.6), ("anna", 1, FRONT, 1.7), ("jānis", 0, ASIDE, 1.8),
         ("šodien", 1, PHONE, 2.0), ("ķegums", 0, PHONE, 2.0), ("2026", 1, ASIDE, 1.5))


def main() -> None:
    for number, (text, who, camera, tempo) in enumerate(CLIPS, 1):
        phrase = spell(text, set())
        path = ROOT / "data" / "videos" / join_phrase(phrase) / f"{RENDERED}_{number}.webm"
        film(taken(Shot(phrase, camera, DEMO_PEOPLE[who], seed=number, tempo=tempo)).pictures, path, camera.fps)
        print(f"{shown(path)}: {path.stat().st_size // 1024} kB", flush=True)


if __name__ == "__main__":
    in_a_sentence(main)
