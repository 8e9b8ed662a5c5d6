"""Reads fingerspelling from a video with the model in this folder:  python example.py VIDEO

Needs no TensorFlow:  pip install ai-edge-litert mediapipe==0.10.21 "numpy<2"   (mediapipe brings OpenCV)
"""
import json
import sys
from pathlib import Path

import cv2
import mediapipe
import numpy as np
from ai_edge_litert.interpreter import Interpreter

folder = Path(__file__).parent
char_map = json.loads(next(folder.glob("char_map*.json")).read_text(encoding="utf-8"))
signs = sorted(char_map, key=char_map.get)

video = cv2.VideoCapture(sys.argv[1])
frames = []  # the landmarks of the left and the right hand, fractions of the picture; zeros where not seen
with mediapipe.solutions.holistic.Holistic() as holistic:
    while (frame := video.read())[0]:
        found = holistic.process(cv2.cvtColor(frame[1], cv2.COLOR_BGR2RGB))
        height, width = frame[1].shape[:2]
        frames.append([[(p.x, p.y, p.z) for p in hand.landmark] if hand else np.zeros((21, 3))
                       for hand in (found.left_hand_landmarks, found.right_hand_landmarks)])
if not frames:
    sys.exit(f"{sys.argv[1]}: nevienu kadru nevar nolasīt")
hands = np.array(frames, np.float32).reshape(1, -1, 42, 3)

model = Interpreter(str(next(folder.glob("*.tflite"))))
inputs = {each["name"]: each["index"] for each in model.get_input_details()}
model.resize_tensor_input(inputs["landmarks"], hands.shape)
model.allocate_tensors()
model.set_tensor(inputs["landmarks"], hands)
model.set_tensor(inputs["aspect"], np.array([[width / height]], np.float32))
model.invoke()
best = model.get_tensor(model.get_output_details()[0]["index"])[0].argmax(axis=1)  # the last class is CTC's blank
changed = np.flatnonzero(np.diff(best, prepend=-1))
print("".join(signs[sign] for sign in best[changed] if sign < len(signs)))
