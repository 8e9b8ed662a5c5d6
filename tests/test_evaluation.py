import made
import numpy as np
import pytest

from ground.counted import counted
from ground.errors import DataError
from ground.signs import NOTHING
from results.reports import (
    comparison_sentence,
    comparison_table,
    empty_sentence,
    groups_table,
    result_sentences,
    speed_table,
    worst_table,
)
from utils.evaluation import (
    assess,
    calibration,
    confusions,
    error_counts,
    errors_by_recording,
    evaluate,
    held_and_doubled,
    paired_test,
    sign_groups,
    wer,
    wer_by_sign,
    wer_by_speed,
    worst,
)
from utils.recordings import Reading


def reading(truth, read, take=0):
    return Reading(made.recording(truth.split("-"), take), read.split("-") if read else [], 0.9)


def test_the_space_is_a_sign_and_counts():
    # jiwer alone drops a word that is a blank, and a truth of one space stops it.
    assert wer([reading("a- -b", "a-b")]) == pytest.approx(1 / 3)
    assert wer([reading(" ", " ")]) == 0
    assert wer([reading(" ", "")]) == 1


def test_wer_is_over_the_whole_set_not_a_mean_of_sequences():
    assert wer([reading("a", "b"), reading("a-b-ā-a-b-ā-a-b-ā", "a-b-ā-a-b-ā-a-b-ā")]) == pytest.approx(0.1)


def test_errors_are_counted_by_kind():
    counts = error_counts([reading("a-b-ā", "a-ā"), reading("a", "a-b"), reading("a-b", "a-a"), reading("a-b", "")])
    assert counts.tolist() == [[0, 1, 0, 3], [0, 0, 1, 1], [1, 0, 0, 2], [0, 2, 0, 2]]


def test_confusions_name_what_was_read_for_what():
    pairs = confusions([reading("a-b", "ā-b"), reading("a-b", "ā-b", 1), reading("a-b", "a"), reading("a", "a-b")])
    assert pairs[0] == ("a", "ā", 2)
    assert ("b", NOTHING, 1) in pairs
    assert (NOTHING, "b", 1) in pairs


def test_wer_by_sign():
    table = wer_by_sign([reading("a-b", "ā-b"), reading("a-b", "a-b", 1)])
    assert table["a"] == {"count": 2, "missed": 1, "inserted": 0, "error": 0.5}
    assert table["b"]["error"] == 0


def test_the_interval_holds_the_wer_and_shrinks_with_more_phrases():
    rng = np.random.default_rng(1)

    def readings(count):
        truths = ["-".join(rng.choice(["a", "b", "ā"], 4)) for _ in range(count)]
        return [reading(t, t if rng.random() < 0.7 else "a") for t in truths]

    few, many = evaluate(readings(15)), evaluate(readings(300))
    for figures in (few, many):
        assert figures["interval"][0] <= figures["wer"] <= figures["interval"][1]
    assert np.diff(many["interval"]) < np.diff(few["interval"])


def test_the_worst_come_first_and_right_ones_do_not_come():
    found = worst([reading("a-b", "a-b"), reading("a-b", "a"), reading("a-b", "")])
    assert [errors for _, errors in found] == [2, 1]
    assert len(worst_table([reading("a-b", "")])) == 1


def test_sentences_say_the_figures_and_the_cure():
    figures = evaluate([reading("a-b", ""), reading("a-b", "a-b", 1)])
    assert "1 no 2" in result_sentences(figures, "Validācija")
    assert "EPOCHS_PHASE_3" in empty_sentence(figures)
    assert "EPOCHS" not in empty_sentence(evaluate([reading("a", "a")]))


def test_a_held_sign_read_twice_and_a_doubled_one_read_once_are_counted_apart():
    readings = [reading("a-ā-ā-a", "a-ā-a"), reading("a-ā-ā-a", "a-a-ā-ā-a"), reading("b", "b-b"), reading("b", "a-b")]
    # The first a of the second, and b; a sign that was not read at all is neither.
    assert held_and_doubled(readings) == {"held": 6, "read_twice": 2, "doubled": 2, "read_once": 1}
    assert held_and_doubled([reading("a-b", "b")]) == {"held": 1, "read_twice": 0, "doubled": 0, "read_once": 0}


def test_kinds_of_signs_are_counted_apart():
    groups = sign_groups(["a", "ā", "b", " "], {"ā", "b"})
    table = assess([reading("a-ā-b", "a-a-b"), reading("a- -b", "a-b")], groups)["by_group"]
    assert table["diacritics"] == {"count": 1, "missed": 1, "error": 1.0}
    assert table["space"] == {"count": 1, "missed": 1, "error": 1.0}
    assert table["moving"] == {"count": 3, "missed": 1, "error": pytest.approx(1 / 3)}
    assert "digits" not in table
    assert "1 no 1" in groups_table({"validācija": {"by_group": table}}).to_string()


def test_speed_is_told_by_frames_a_sign():
    rows = wer_by_speed([reading("a-b", "a-b"), reading("a-b", "a")])  # 8 frames a sign in the made hands
    assert rows == [{"from": 6, "to": 9, "sequences": 2, "signs": 4, "wer": 0.25}]


def test_a_confidence_that_keeps_its_word_has_no_calibration_error():
    honest = [Reading(made.recording(["a"], n), ["a"] if n < 3 else ["b"], 0.75) for n in range(4)]
    boasting = [Reading(made.recording(["a"], n), ["b"], 0.95) for n in range(4)]
    assert calibration(honest)["error"] == pytest.approx(0)
    assert calibration(boasting)["error"] == pytest.approx(0.95)
    assert calibration(boasting)["bins"] == [{"confidence": pytest.approx(0.95), "right": 0.0, "sequences": 4}]


def test_a_paired_test_tells_a_difference_from_chance():
    truths = ["a-b", "b-a", "a-ā", "ā-b", "b-ā", "a-a", "b-b", "ā-ā"]
    perfect = errors_by_recording([reading(truth, truth, n) for n, truth in enumerate(truths)])
    poor = errors_by_recording([reading(truth, "a", n) for n, truth in enumerate(truths)])
    mixed = errors_by_recording([reading(truth, truth if n != 3 else "a", n) for n, truth in enumerate(truths)])
    assert paired_test(perfect, poor)["p"] < 0.05 < paired_test(perfect, mixed)["p"]
    assert paired_test(perfect, poor)["difference"] > 0 > paired_test(poor, perfect)["difference"]
    low, high = paired_test(perfect, poor)["interval"]
    assert low <= paired_test(perfect, poor)["difference"] <= high
    assert paired_test(poor, poor) | {"p": 1} == paired_test(poor, poor)


def test_experiments_without_a_common_recording_are_not_compared():
    with pytest.raises(DataError, match="nav neviena kopīga ieraksta"):
        paired_test(errors_by_recording([reading("a", "a")]), errors_by_recording([reading("b", "b")]))
    assert "Vēl nav" in comparison_sentence(None)
    test = {"difference": 0.1, "interval": [0.05, 0.15], "recordings": 9}
    assert "p < 0.001" in comparison_sentence((test | {"p": 0.0002}, 1, 2))
    assert "p = 0.040" in comparison_sentence((test | {"p": 0.04}, 1, 2))


@pytest.mark.parametrize(("path", "shown"), [
    ("models/lzv/1/lzv_prediction_model_final_exp1.keras", "lzv/1"),
    ("models/asl/42/cslr_model_best_42.keras", "asl/42"),
    ("fifth/lzv_prediction_model_final_exp1.keras", "fifth"), ("models/published.npz", "published.npz"), ("–", "–")])
def test_bases_are_told_apart_in_the_table_of_experiments(path, shown):
    row = {"number": 2, "architecture": "conv", "base": path, "split": "phrase", "seed": 1, "training": 4, "epochs": 2,
           "wer": 0.1, "interval": (0, 0.2), "right": 1, "sequences": 2, "test_wer": None}
    assert comparison_table([row])["bāze"].tolist() == [shown]


@pytest.mark.parametrize(("number", "written"), [(1, "1 zīme"), (2, "2 zīmes"), (10, "10 zīmes"), (11, "11 zīmes"),
                                                 (21, "21 zīme"), (111, "111 zīmes"), (121, "121 zīme")])
def test_a_word_agrees_with_its_number(number, written):
    assert counted(number, "zīme", "zīmes") == written


def test_the_table_of_speeds_is_in_order_and_says_what_a_set_lacks():
    slow = Reading(made.recording(["a"]), ["a"], 0.9)  # 8 frames
    fast = Reading(made.recording(["a", "b"]), ["a", "b"], 0.9)
    fast.recording.hands[6:] = 0  # 3 frames a sign
    table = speed_table({"validācija": assess([slow]), "tests": assess([fast, slow])})
    assert table["kadri uz zīmi"].tolist() == ["0–6", "6–9"]
    assert table["validācija"].tolist() == ["–", "0.000 (1 zīme)"]
