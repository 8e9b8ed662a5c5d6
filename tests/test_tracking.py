"""Two trackers, and a hand that keeps its slot."""

import itertools

import made
import numpy as np
import pytest

from frames import tracking
from frames.extraction import extract_video
from frames.slots import Found, in_slots
from frames.tracking import promises_more, sees_more, track
from frames.video import VideoFacts, read_frames
from ground.environment import quiet
from ground.files import ROOT
from ground.landmarks import HANDS, POSE, RIGHT_HAND, hands_of, hands_seen, quality, seen

SHIPPED = ROOT / "data" / "videos" / "r-ī-g-a" / "virtual_signer_1.webm"
SHAPE = made.hand("a").astype(np.float32)


def at(x, y=0.6, right=0.9):
    return Found(SHAPE + np.array([x, y, 0], np.float32), right)


def sides(frames):
    left, right = in_slots(frames, 16 / 9)
    return left.any(axis=(1, 2)), right.any(axis=(1, 2))


def test_a_hand_keeps_its_slot_through_wrong_guesses_and_a_gap():
    frames = [[at(0.3 + 0.005 * number, right=0.1 if number % 7 == 0 else 0.9)] for number in range(40)]
    frames[15:20] = [[]] * 5
    frames += [[at(0.5, right=0.05)] for _ in range(4)]  # let go of and found again, guessed wrongly
    left, right = sides(frames)
    assert not left.any()
    assert right.sum() == 39


def test_two_hands_that_cross_keep_their_slots_and_never_share_one():
    ways = np.linspace(0.2, 0.7, 40)
    frames = [[at(x, 0.5, 0.8), at(0.9 - x, 0.7, 0.3)] for x in ways]
    rng = np.random.default_rng(0)
    frames = [[hands[place] for place in rng.permutation(2)] for hands in frames]
    left, right = in_slots(frames, 16 / 9)
    assert np.allclose(right[:, 0, 0], ways + SHAPE[0, 0], atol=1e-6)
    assert np.allclose(left[:, 0, 0], 0.9 - ways + SHAPE[0, 0], atol=1e-6)


def test_a_person_has_one_right_hand():
    frames = [[at(0.3)] for _ in range(30)]
    for number in range(10, 22):
        frames[number].append(at(0.2, 0.9, 0.95))  # a sleeve, taken for a hand
    left, right = sides(frames)
    assert not left.any()
    assert right.all()


def test_a_left_hand_that_comes_later_is_a_left_hand():
    frames = [*([at(0.3)] for _ in range(20)), *[[]] * 40, *([at(0.7, right=0.05)] for _ in range(20))]
    left, right = sides(frames)
    assert right[:20].all() and not right[20:].any()
    assert left[60:].all() and not left[:60].any()


def test_no_hand_gives_zeros():
    assert not np.any(in_slots([[], []], 1.0))


@pytest.fixture(scope="module")
def images():
    return list(itertools.islice(read_frames(SHIPPED, VideoFacts()), 20, 50))


def test_the_hand_tracker_is_mediapipes_own_but_for_what_it_does_not_seek(images, monkeypatch):
    monkeypatch.setattr(tracking, "SEEK_EVERY", 1)
    with quiet():
        array = track(images, "hands")
        with tracking.solutions().hands.Hands(max_num_hands=2, model_complexity=1) as plain:
            results = [plain.process(image) for image in images]
    expected = [[tuple((point.x, point.y, point.z) for point in hand.landmark)
                 for hand in result.multi_hand_landmarks or []] for result in results]
    assert sum(len(hands) > 0 for hands in expected) > 20
    for frame, hands in zip(array, expected):
        slots = frame[HANDS].reshape(2, 21, 3)
        assert all(any(np.allclose(slot, hand, atol=1e-6) for hand in hands) for slot in slots if slot.any())
    assert not array[:, :HANDS.start].any()


def test_one_who_signs_with_a_hand_alone_is_for_the_hand_tracker(images):
    with quiet():
        by_hands = track(images, "hands")
        nothing = np.zeros_like(by_hands)
        assert promises_more(nothing, images)
        assert sees_more(by_hands, nothing)
        whole = by_hands.copy()
        whole[:, POSE] = 0.5
        assert not promises_more(whole, images)
    assert not sees_more(by_hands, whole)


@pytest.mark.parametrize("clip", ["r-i-g-a/asl_hand_only.mp4", "n-e/open_hand_no_face.mp4"])
def test_a_real_hand_without_a_body_is_found_in_nearly_every_frame(clip, shared):
    with quiet():
        array, _, tracker = extract_video(shared / "videos" / clip, False)
    assert tracker == "hands"
    assert hands_seen(hands_of(array)).any(axis=1).mean() >= 0.95
    assert seen(array, RIGHT_HAND).mean() >= 0.95
    assert quality(array)["body"] == 0


def test_a_real_signer_with_a_body_stays_with_holistic(shared):
    with quiet():
        _, _, tracker = extract_video(shared / "videos" / "n-e" / "asl_no_1s.mp4", False)
    assert tracker == "holistic"


def test_the_slots_of_real_words_do_not_flip(shared):
    words = np.load(shared / "asl_words" / "words.npz")
    flips = frames = 0
    for end, length, aspect in zip(np.cumsum(words["length"]), words["length"], words["aspect"]):
        hands = words["hands"][end - length:end].astype(np.float32).reshape(length, 2, 21, 3) / 16384
        found = [[Found(hands[number, side], 0.85 if side else 0.15) for side in (0, 1)
                  if (hands[number, side] > -1.9).all()] for number in range(length)]
        left, right = in_slots(found, float(aspect))
        count = sorted((left.any(axis=(1, 2)).sum(), right.any(axis=(1, 2)).sum()))
        flips, frames = flips + count[0], frames + sum(count)
    assert frames > 1000
    assert flips / frames <= 0.005
