"""Several people in the picture: only the one nearest its middle is shown to a tracker, which knows of one alone.

Source: MediaPipe Face Detection (`mp.solutions.face_detection`, the model for up to five metres; Bazarevsky et al.
2019, "BlazeFace"). A face of less than half of the largest one's width is a passer-by or a poster.
"""

import numpy as np

from frames.tracking import solutions

LOOK_EVERY = 15  # frames: half a second
REMEMBERED = 6  # looks for which a person who is not found any more is still believed to be there
COMPARABLE = 0.5
CONFIDENT = 0.6
GREY = 127


class MiddlePerson:
    """Looks for faces in some of a video's images. `several`: whether more people than one were ever found."""

    def __enter__(self):
        self._faces = solutions().face_detection.FaceDetection(CONFIDENT, 1)
        self._number, self._seen, self.several = 0, [], False
        return self

    def __exit__(self, *_):
        self._faces.close()

    def alone(self, image: np.ndarray) -> np.ndarray:
        """The next image (RGB), grey where people other than the one nearest the middle are."""
        if self._number % LOOK_EVERY == 0:
            self._seen = [*self._seen, self._middles(image)][-REMEMBERED:]
        self._number += 1
        faces = max(self._seen, key=len)
        if len(faces) < 2:
            return image
        self.several = True
        nearest = min(faces, key=lambda face: abs(face - 0.5))
        left = max(((face + nearest) / 2 for face in faces if face < nearest), default=0.0)
        right = min(((face + nearest) / 2 for face in faces if face > nearest), default=1.0)
        width = image.shape[1]
        image = image.copy()
        image[:, :round(left * width)] = GREY
        image[:, round(right * width):] = GREY
        return image

    def _middles(self, image: np.ndarray) -> list[float]:
        """Where the people of about one size are, as fractions of the picture's width."""
        found = [each.location_data.relative_bounding_box for each in self._faces.process(image).detections or []]
        largest = max((box.width for box in found), default=0)
        return [box.xmin + box.width / 2 for box in found if box.width >= COMPARABLE * largest]
