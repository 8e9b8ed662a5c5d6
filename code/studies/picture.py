"""The README's moving picture: a clip with its landmarks, and below it what has been read so far.

    python3 code/run.py picture [-p VIDEO FILE] [-p MODEL FILE]     (a minute; writes docs/reading.gif)

For every frame shown, the model reads the clip up to that frame and nothing after it: the letters appear as they would
before a camera.
"""

from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from frames.tracking import track
from frames.video import VideoFacts, read_frames
from ground.environment import quiet
from ground.errors import in_a_sentence
from ground.files import ROOT, from_root, shown, written_whole
from ground.landmarks import hands_of
from ground.options import options
from ground.signs import load_char_map
from results.drawn import with_hands, with_text
from results.figures import named
from utils.model_file import load_model
from utils.reading import read_recording
from utils.recordings import Recording

SETTINGS = {"VIDEO": "data/videos/š-o-d-i-e-n/virtual_signer_4.webm",
            "MODEL": "models/lzv/1/lzv_prediction_model_final_exp1.keras"}
TARGET = ROOT / "docs" / "reading.gif"
WIDTH, TEXT_HEIGHT = 400, 56  # pixels
STEP = 2  # every second frame is shown
LAST = 1500  # milliseconds for which the whole reading stays
COLOURS = 96


def main() -> None:
    """Reads the clip frame by frame and writes the picture."""
    settings = options(SETTINGS)
    facts = VideoFacts()
    images = list(read_frames(from_root(settings["VIDEO"]), facts))
    with quiet():
        array = track(images, "holistic")
    hands, model_path = hands_of(array), from_root(settings["MODEL"])
    texts = readings(array, facts.width / facts.height, model_path)
    pictures = [drawn(images[number], hands[number], texts[number]) for number in range(0, len(images), STEP)]
    pictures.append(drawn(images[-1], hands[-1], texts[-1]))
    save(pictures, round(1000 * STEP / facts.fps))
    print(f"{shown(TARGET)}: «{texts[-1]}», {len(pictures)} kadri, {TARGET.stat().st_size / 1e6:.2f} MB")


def readings(array: np.ndarray, aspect: float, model_path: Path) -> list[str]:
    """For each frame of (T, 543, 3) what the model reads of the clip up to it."""
    model, char_map = load_model(model_path), load_char_map(model_path.with_name("char_map.json"))
    hands = hands_of(array)
    texts = []
    for end in range(1, len(hands) + 1):
        reading = read_recording(model, Recording("", [], hands[:end], aspect), char_map)
        texts.append(" ".join(named(sign) for sign in reading.signs))
    return texts


def drawn(image: np.ndarray, hands: np.ndarray, text: str) -> Image.Image:
    """A frame (RGB) with the bones of its hands, and a text below."""
    height = round(WIDTH * image.shape[0] / image.shape[1])
    frame = cv2.resize(image, (WIDTH, height), interpolation=cv2.INTER_AREA)
    return Image.fromarray(with_text(with_hands(frame, hands), [(text, False)], TEXT_HEIGHT))


def save(pictures: list[Image.Image], milliseconds: int) -> None:
    """Writes the GIF: one palette for all frames, so that what does not move costs nothing."""
    strip = Image.new("RGB", (WIDTH, sum(picture.height for picture in pictures[::10])))
    for number, picture in enumerate(pictures[::10]):
        strip.paste(picture, (0, number * picture.height))
    palette = strip.quantize(COLOURS)
    frames = [picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture in pictures]
    TARGET.parent.mkdir(exist_ok=True)
    with written_whole(TARGET) as temporary:
        frames[0].save(temporary, "GIF", save_all=True, append_images=frames[1:], loop=0, optimize=True,
                       duration=[milliseconds] * (len(frames) - 1) + [LAST])


if __name__ == "__main__":
    in_a_sentence(main)
