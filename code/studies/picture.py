"""The README's moving picture: a clip with its landmarks, and below it what has been read so far.

    python3 code/run.py picture [-p VIDEO FILE] [-p MODEL FILE]     (a minute; writes docs/reading.gif)

For every frame shown, the model reads the clip up to that frame and nothing after it: the letters appear as they would
before a camera.
"""

from pathlib import Path

import cv2
import numpy as np
from matplotlib import font_manager
from PIL import Image, ImageColor, ImageDraw, ImageFont

from frames.tracking import track_holistic
from ground.environment import quiet
from ground.errors import in_a_sentence
from ground.files import ROOT, from_root, shown, written_whole
from ground.landmarks import HAND_BONES, LEFT_HAND, RIGHT_HAND, hands_of
from ground.signs import load_char_map
from results.figures import LEFT_COLOUR, RIGHT_COLOUR, named
from studies.options import options
from utils.network import load_model
from utils.reading import read_recording
from utils.recordings import Recording
from utils.video import VideoFacts, read_frames

SETTINGS = {"VIDEO": "data/videos/š-o-d-i-e-n/virtual_signer_4.webm",
            "MODEL": "models/lzv/1/lzv_prediction_model_final_exp1.keras"}
TARGET = ROOT / "docs" / "reading.gif"
WIDTH, TEXT_HEIGHT = 400, 56  # pixels
STEP = 2  # every second frame is shown
LAST = 1500  # milliseconds for which the whole reading stays
COLOURS = 96


def main() -> None:
    """Reads the clip frame by frame and writes the picture."""
    settings = options(__doc__, SETTINGS)
    facts = VideoFacts()
    images = list(read_frames(from_root(settings["VIDEO"]), facts))
    with quiet():
        array = track_holistic(images)
    model_path = from_root(settings["MODEL"])
    texts = readings(array, facts.width / facts.height, model_path)
    pictures = [drawn(images[number], array[number], texts[number]) for number in range(0, len(images), STEP)]
    pictures.append(drawn(images[-1], array[-1], texts[-1]))
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


def drawn(image: np.ndarray, landmarks: np.ndarray, text: str) -> Image.Image:
    """A frame (RGB) with the bones of its hands, and a text below."""
    height = round(WIDTH * image.shape[0] / image.shape[1])
    frame = cv2.resize(image, (WIDTH, height), interpolation=cv2.INTER_AREA)
    for part, colour in ((LEFT_HAND, LEFT_COLOUR), (RIGHT_HAND, RIGHT_COLOUR)):
        points = (landmarks[part, :2] * [WIDTH, height]).round().astype(int)
        # White below the colour: on skin an orange line alone is not seen.
        for tint, thickness in (("#ffffff", 4), (colour, 2)) if points.any() else ():
            for start, end in HAND_BONES:
                cv2.line(frame, points[start].tolist(), points[end].tolist(), ImageColor.getrgb(tint), thickness,
                         cv2.LINE_AA)
    picture = Image.new("RGB", (WIDTH, height + TEXT_HEIGHT), "#ffffff")
    picture.paste(Image.fromarray(frame))
    font = ImageFont.truetype(font_manager.findfont("DejaVu Sans"), 30)
    ImageDraw.Draw(picture).text((WIDTH / 2, height + TEXT_HEIGHT / 2), text, "#222222", font, anchor="mm")
    return picture


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
