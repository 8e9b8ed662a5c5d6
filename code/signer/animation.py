"""A phrase as a moving hand: what the generator makes, drawn as a small animated picture."""

import io

import numpy as np
from matplotlib import font_manager
from PIL import Image, ImageDraw, ImageFont

from ground.landmarks import ARM_BONES, HAND_BONES
from results.figures import LEFT_COLOUR, RIGHT_COLOUR, named
from signer.body import pose_points
from signer.camera import Camera
from signer.practice import Practice

SIZE = 360  # pixels
RATE = 15  # frames a second
VIEW = Camera(width=SIZE, height=SIZE, field=32, distance=14, target=(-0.5, 0.1, 1.5))
BACKGROUND, TEXT, BODY = "#ffffff", "#222222", "#cccccc"
HEAD = 1.1  # palm lengths


def moving_hand(recording: Practice) -> bytes:
    """An animated GIF of both hands from the front, the phrase below it and the sign of the moment marked."""
    points = VIEW.project(recording.joints)[..., :2] * SIZE
    step = max(1, round(recording.camera.fps / RATE))
    body = VIEW.project(pose_points(recording.joints, recording.person.shoulder))[..., :2] * SIZE
    pictures = [_picture(body[frame], points[frame], recording.phrase, int(recording.motion.sign[frame]))
                for frame in range(0, len(points), step)]
    file = io.BytesIO()
    pictures[0].save(file, "GIF", save_all=True, append_images=pictures[1:], loop=0,
                     duration=round(1000 * step / recording.camera.fps), optimize=True)
    return file.getvalue()


def _picture(body: np.ndarray, hands: np.ndarray, phrase: list[str], current: int) -> Image.Image:
    picture = Image.new("RGB", (SIZE, SIZE + 44), BACKGROUND)
    draw = ImageDraw.Draw(picture)
    head = HEAD * np.linalg.norm(body[11] - body[12]) / 4
    draw.ellipse([*(body[0] - head), *(body[0] + head)], outline=BODY, width=3)
    for start, end in ARM_BONES:
        draw.line([*body[start], *body[end]], fill=BODY, width=3)
    for points, colour in zip(hands, (LEFT_COLOUR, RIGHT_COLOUR)):
        for start, end in HAND_BONES:
            draw.line([*points[start], *points[end]], fill=colour, width=3)
    draw.rectangle([0, SIZE, SIZE, SIZE + 44], fill=BACKGROUND)
    font = ImageFont.truetype(font_manager.findfont("DejaVu Sans"), min(24, int(1.5 * SIZE / max(len(phrase), 1))))
    signs = [named(sign) for sign in phrase]
    place = (SIZE - sum(font.getlength(sign + " ") for sign in signs)) / 2
    for number, sign in enumerate(signs):
        draw.text((place, SIZE + 6), sign, fill=RIGHT_COLOUR if number == current else TEXT, font=font)
        if number == current:
            draw.line([place, SIZE + 38, place + font.getlength(sign), SIZE + 38], fill=RIGHT_COLOUR, width=3)
        place += font.getlength(sign + " ")
    return picture.convert("P", palette=Image.Palette.ADAPTIVE, colors=16)
