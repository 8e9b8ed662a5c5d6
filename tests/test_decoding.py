"""From probabilities to signs: what the beam adds up, and what the language model may and may not do."""

import itertools
import math

import numpy as np
import pytest

from utils.decoding import EMPTY_AT_LEAST, decoders, read_greedily, read_with_beam
from utils.language import SignModel

SIGNS = ["a", "b"]
CHAR_MAP = {"a": 0, "b": 1}


def frames(*rows):
    return np.array(rows, np.float32)


A, B, BLANK = (0.96, 0.02, 0.02), (0.02, 0.96, 0.02), (0.02, 0.02, 0.96)


@pytest.mark.parametrize("decode", [read_greedily, read_with_beam])
@pytest.mark.parametrize(("rows", "signs"), [
    ((A, A, B), ["a", "b"]), ((A, A, BLANK, A), ["a", "a"]), ((A, A, A), ["a"]), ((BLANK, BLANK), []),
    ((A, BLANK, BLANK, A, B, BLANK, B, B), ["a", "a", "b", "b"])])
def test_repeats_are_one_sign_and_a_blank_between_makes_two(decode, rows, signs):
    assert decode(frames(*rows), SIGNS)[0] == signs


def test_a_sign_a_little_sure_in_many_frames_is_read_by_the_beam_only():
    held = frames(*[(0.12, 0.0, 0.88)] * 12)  # what a still fist looks like to a network
    assert read_greedily(held, SIGNS)[0] == []
    assert read_with_beam(held, SIGNS)[0] == ["a"]


def test_nothing_is_read_only_where_it_is_far_more_probable_than_any_sign():
    hesitating, nothing = frames((0.2, 0.1, 0.7), BLANK), frames((0.01, 0.01, 0.98), (0.01, 0.01, 0.98))
    signs, confidence = read_with_beam(hesitating, SIGNS)
    assert signs == ["a"]
    assert confidence == pytest.approx(0.2 * 0.98 + 0.7 * 0.02)  # of the network: no surer for having been asked
    assert read_with_beam(nothing, SIGNS) == ([], pytest.approx(0.98 ** 2))


def test_the_beam_finds_the_most_probable_signs_and_their_probability():
    probabilities = np.random.default_rng(4).dirichlet([0.5, 0.5, 0.7], 5).astype(np.float32)
    sums = {}
    for way in itertools.product(range(3), repeat=5):  # every way through the frames
        kept = tuple(k for k, _ in itertools.groupby(way))
        reading = tuple(sign for sign in kept if sign < 2)
        sums[reading] = sums.get(reading, 0) + math.prod(float(probabilities[t, s]) for t, s in enumerate(way))
    best = max(sums, key=lambda reading: sums[reading] if reading else sums[reading] / EMPTY_AT_LEAST)
    signs, confidence = read_with_beam(probabilities, SIGNS, width=50)
    assert signs == [SIGNS[i] for i in best]
    assert confidence == pytest.approx(sums[best], rel=1e-3)


@pytest.mark.parametrize("decode", [read_greedily, read_with_beam])
def test_no_frames_say_nothing_with_no_confidence(decode):
    assert decode(np.zeros((0, 3), np.float32), SIGNS) == ([], 0.0)


def test_a_language_model_decides_where_the_hand_leaves_it_open():
    unsure = frames(A, BLANK, (0.48, 0.50, 0.02), BLANK)
    spoken = SignModel([["a", "a"]] * 20, CHAR_MAP)
    assert read_with_beam(unsure, SIGNS)[0] == ["a", "b"]
    assert read_with_beam(unsure, SIGNS, language=spoken, weight=0.5)[0] == ["a", "a"]


def test_the_sign_models_probabilities_add_up_and_know_what_they_heard():
    model = SignModel([["a", "b"], ["a", "b"], ["b", "b", "a"]], CHAR_MAP)
    for before in ((), (0,), (1, 1), (0, 1, 0, 1)):
        assert sum(model.probability(before, sign) for sign in range(2)) == pytest.approx(1)
    assert model.probability((0,), 1) > 0.5


def test_the_language_model_never_heard_the_phrases_that_are_judged():
    ways = decoders([["a", "a", "a"], ["b"]], CHAR_MAP, {"a-a-a"})
    language = ways["staru meklēšana ar valodas modeli"].keywords["language"]
    assert language.following[()] == {1: 1}
