"""Tracking: MediaPipe over the images of one video -> landmarks float32 (T, 543, 3), by one of two trackers.

"holistic" is `mp.solutions.holistic`, model complexity 1, as the published system has it: body, face and hands, each
hand sought near the wrist of the body. "hands" is MediaPipe's hand tracker alone (`mp.solutions.hands`, complexity 1,
two hands; Zhang et al. 2020, "MediaPipe Hands: On-device Real-time Hand Tracking"): twice as fast, needs no body; the
other parts are zeros. MediaPipe 0.10.21.
"""

import itertools
import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from frames.slots import Found, in_slots
from ground.landmarks import FACE, HANDS, LANDMARKS, LEFT_HAND, POSE, RIGHT_HAND, hands_of, hands_seen, seen

#: While one hand is followed, the other is sought in every third frame: seeking costs more than following.
SEEK_EVERY = 3
#: A recording goes to the hand tracker when that finds a hand in so many more of its frames than Holistic does, or when
#: Holistic sees a body in fewer of them than this.
CLEARLY_MORE, BODY_SEEN = 0.1, 0.5
PROBES = 12  # of the frames without a hand, so many are looked at to find out
CONFIDENT = 0.5  # MediaPipe's own default for finding and for following


class HolisticTracker:
    """Follows the images of one video, given one after another: it keeps state."""

    def __enter__(self):
        self._holistic = solutions().holistic.Holistic(model_complexity=1)
        return self

    def __exit__(self, *_):
        self._holistic.close()

    def look(self, image: np.ndarray) -> np.ndarray:
        """The landmarks of the next image (RGB), float32 (543, 3)."""
        return _landmarks(self._holistic.process(image))

    @staticmethod
    def sees(found: np.ndarray) -> bool:
        """Whether there is a hand in what `look` gave."""
        return bool(found[HANDS].any())

    @staticmethod
    def arranged(frames: list[np.ndarray], aspect: float) -> np.ndarray:
        """What `look` gave for the frames -> float32 (T, 543, 3)."""
        return np.stack(frames)


class HandTracker:
    """The same by the hand tracker alone. Which hand is which is told once all frames are there."""

    def __enter__(self):
        self._tracker = _hand_tracker().__enter__()
        self._number, self._followed = 0, False
        return self

    def __exit__(self, *error):
        self._tracker.__exit__(*error)

    def look(self, image: np.ndarray) -> list[Found]:
        """The hands in the next image (RGB)."""
        seek = not self._followed or self._number % SEEK_EVERY == 0
        found = _found(self._tracker.process({"image": image, "seek": seek}))
        if not found and not seek:  # lost just now: it may be elsewhere in this very frame
            found = _found(self._tracker.process({"image": image, "seek": True}))
        self._number, self._followed = self._number + 1, bool(found)
        return found

    @staticmethod
    def sees(found: list[Found]) -> bool:
        """Whether there is a hand in what `look` gave."""
        return bool(found)

    @staticmethod
    def arranged(frames: list[list[Found]], aspect: float) -> np.ndarray:
        """What `look` gave for the frames -> float32 (T, 543, 3); each hand keeps its slot."""
        array = np.zeros((len(frames), LANDMARKS, 3), np.float32)
        array[:, LEFT_HAND], array[:, RIGHT_HAND] = in_slots(frames, aspect)
        return array


Tracker = HolisticTracker | HandTracker
TRACKERS = {"holistic": HolisticTracker, "hands": HandTracker}


def track(images: Iterable[np.ndarray], which: str) -> np.ndarray:
    """RGB images of one video, one after another -> float32 (T, 543, 3), by a new tracker, "holistic" or "hands"."""
    frames, aspect = [], 1.0
    with TRACKERS[which]() as tracker:
        for image in images:
            aspect = image.shape[1] / image.shape[0]
            frames.append(tracker.look(image))
    return tracker.arranged(frames, aspect)


def promises_more(array: np.ndarray, images: Iterable[np.ndarray]) -> bool:
    """Whether the hand tracker would see clearly more in these images than Holistic did (its array): it looks at some
    of the frames in which Holistic saw no hand."""
    if seen(array, POSE).mean() < BODY_SEEN:
        return True
    without = np.flatnonzero(~_any_hand(array))
    if len(without) < CLEARLY_MORE * len(array):
        return False
    probed = set(without[np.linspace(0, len(without) - 1, PROBES).round().astype(int)].tolist())
    hands = solutions().hands
    with hands.Hands(static_image_mode=True, max_num_hands=1, model_complexity=1) as tracker:
        found = [bool(tracker.process(image).multi_hand_landmarks)
                 for number, image in enumerate(itertools.islice(images, max(probed) + 1)) if number in probed]
    return np.mean(found) * len(without) >= CLEARLY_MORE * len(array)


def sees_more(by_hands: np.ndarray, by_holistic: np.ndarray) -> bool:
    """Whether a recording is to be taken by the hand tracker: the arrays of both are known."""
    gain = _any_hand(by_hands).mean() - _any_hand(by_holistic).mean()
    return gain >= (CLEARLY_MORE if seen(by_holistic, POSE).mean() >= BODY_SEEN else 0)


def _any_hand(array: np.ndarray) -> np.ndarray:
    return hands_seen(hands_of(array)).any(axis=1)


def solutions():
    """MediaPipe's solutions, imported when a process first needs them.

    MediaPipe imports TensorFlow for its documentation's sake when it finds it; without, each process is ready
    three seconds earlier.
    """
    without = "tensorflow" not in sys.modules
    if without:
        sys.modules["tensorflow"] = None
    try:
        from mediapipe import solutions
    finally:
        if without:
            del sys.modules["tensorflow"]
    return solutions


def _hand_tracker():
    """`mp.solutions.hands` with one gate more, opened by the input `seek`: only then are new hands sought.

    The package's own graph seeks in every frame in which fewer than two hands are followed, and one hand is the rule
    in fingerspelling.
    """
    solutions()
    from mediapipe.framework import calculator_pb2
    from mediapipe.python import solution_base
    from mediapipe.python.solutions.hands import _BINARYPB_FILE_PATH as graph_path

    graph = calculator_pb2.CalculatorGraphConfig()
    graph.ParseFromString((_package_root() / graph_path).read_bytes())
    graph.ClearField("type")
    graph.input_stream.append("SEEK:seek")
    finder = next(node for node in graph.node if node.calculator == "PalmDetectionCpu")
    sought = finder.input_stream[0].removeprefix("IMAGE:")
    finder.input_stream[0] = "IMAGE:sought_image"
    gate = graph.node.add(calculator="GateCalculator")
    gate.input_stream.extend([sought, "ALLOW:seek"])
    gate.output_stream.append("sought_image")
    return solution_base.SolutionBase(
        graph_config=graph, outputs=["multi_hand_landmarks", "multi_handedness"],
        side_inputs={"model_complexity": 1, "num_hands": 2, "use_prev_landmarks": True},
        calculator_params={"palmdetectioncpu__TensorsToDetectionsCalculator.min_score_thresh": CONFIDENT,
                           "handlandmarkcpu__ThresholdingCalculator.threshold": CONFIDENT})


def _package_root() -> Path:
    import mediapipe

    return Path(mediapipe.__file__).parents[1]


def _found(result) -> list[Found]:
    """The hands of one frame. The tracker takes every picture for a mirrored one: its "Left" is a right hand."""
    found = []
    for hand, side in zip(result.multi_hand_landmarks or [], result.multi_handedness or []):
        guess = side.classification[0]
        joints = np.array([(point.x, point.y, point.z) for point in hand.landmark], np.float32)
        found.append(Found(joints, guess.score if guess.label == "Left" else 1 - guess.score))
    return found


def _landmarks(result) -> np.ndarray:
    """Holistic's result of one frame -> float32 (543, 3); zeros where a part is not seen."""
    frame = np.zeros((LANDMARKS, 3), np.float32)
    for part, found in ((POSE, result.pose_landmarks), (FACE, result.face_landmarks),
                        (LEFT_HAND, result.left_hand_landmarks), (RIGHT_HAND, result.right_hand_landmarks)):
        if found:
            frame[part] = [(point.x, point.y, point.z) for point in found.landmark[:part.stop - part.start]]
    return frame
