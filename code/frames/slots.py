"""Slots: which of the hands that a tracker found is the left one and which the right one, all through a recording.

MediaPipe's hand tracker guesses anew in every frame whether a hand is a left or a right one, and errs in up to one
frame of eight. So a hand is first followed from frame to frame by where it is; all its frames together then say which
it is.
"""

import dataclasses

import numpy as np

from ground.landmarks import HAND_JOINTS, palm_lengths

#: Palm lengths that a hand may move from one frame to the next, and more for each further frame without it.
REACH, REACH_A_FRAME = 2.0, 0.3
LOST_AFTER = 10  # frames
LETTING_GO = 2  # frames that a tracker may take to leave where a hand was when it has found it elsewhere
#: A hand followed for fewer frames, or whose guesses are nearer to each other than this, takes after its neighbour.
SURE_FRAMES, SURE_SHARE = 8, 0.2


@dataclasses.dataclass(frozen=True)
class Found:
    """A hand in a frame: joints (21, 3) as fractions of the picture, and how probably it is a right hand (0 to 1)."""

    joints: np.ndarray
    right: float


@dataclasses.dataclass
class _Followed:
    """One hand, followed: frame -> what was found, in the frames' order."""

    frames: dict[int, Found]

    @property
    def first(self) -> int:
        return next(iter(self.frames))

    @property
    def last(self) -> int:
        return next(reversed(self.frames))

    @property
    def vote(self) -> float:
        """How probably it is a right hand, less one half."""
        return float(np.mean([found.right for found in self.frames.values()])) - 0.5

    @property
    def sure(self) -> bool:
        return len(self.frames) >= SURE_FRAMES and abs(self.vote) >= SURE_SHARE


def in_slots(frames: list[list[Found]], aspect: float) -> tuple[np.ndarray, np.ndarray]:
    """The hands found in each frame -> the left and the right hand, each float32 (T, 21, 3), zeros where there is none.

    A hand keeps its slot as long as it can be followed; two hands never share one: a person has one right hand, so
    of two at once that both seem to be it, the one seen for longer is taken. `aspect`: the picture's width / height.
    """
    hands = sorted(_follow(frames, aspect), key=lambda hand: (-hand.sure, -len(hand.frames)))
    sides = np.zeros((2, len(frames), HAND_JOINTS, 3), np.float32)
    taken: list[tuple[_Followed, int]] = []
    for hand in hands:
        side = int(hand.vote > 0)
        if not hand.sure and (near := _neighbour(hand, taken, aspect)) is not None:
            side = near
        taken.append((hand, side))
        for number, found in hand.frames.items():
            if not sides[side, number].any():
                sides[side, number] = found.joints
    return sides[0], sides[1]


def _follow(frames: list[list[Found]], aspect: float) -> list[_Followed]:
    """Links each frame's hands to those of the frames before, the nearest first."""
    hands: list[_Followed] = []
    for number, found in enumerate(frames):
        active = [hand for hand in hands if number - hand.last <= LOST_AFTER]
        pairs = sorted((_distance(one, hand.frames[hand.last], aspect), place, which) for which, one in enumerate(found)
                       for place, hand in enumerate(active))
        linked: set[int] = set()
        for distance, place, which in pairs:
            hand = active[place]
            if which not in linked and number > hand.last and distance <= _reach(number - hand.last):
                hand.frames[number] = found[which]
                linked.add(which)
        hands += [_Followed({number: one}) for which, one in enumerate(found) if which not in linked]
    return hands


def _neighbour(hand: _Followed, taken: list[tuple[_Followed, int]], aspect: float) -> int | None:
    """The slot of the hand that this one goes on from or into: one near in place, else (a hand was lost in a fast
    movement) one near in time; the nearest in time of these."""
    candidates: list[tuple[bool, int, int]] = []
    for other, side in taken:
        if len(set(hand.frames) & set(other.frames)) > LETTING_GO:
            continue  # they are two hands
        gap = max(hand.first - other.last, other.first - hand.last, 0)
        end, start = (other.last, hand.first) if hand.first >= other.first else (other.first, hand.last)
        far = _distance(hand.frames[start], other.frames[end], aspect) > _reach(gap)
        if not far or gap <= LOST_AFTER:
            candidates.append((far, gap, side))
    return min(candidates)[2] if candidates else None


def _reach(gap: int) -> float:
    return REACH + REACH_A_FRAME * gap


def _distance(one: Found, other: Found, aspect: float) -> float:
    """Palm lengths between two hands, joint by joint."""
    points = np.stack([one.joints, other.joints])[..., :2] * [aspect, 1]
    size = max(float(palm_lengths(points).max()), 1e-6)
    return float(np.linalg.norm(points[0] - points[1], axis=1).mean()) / size
