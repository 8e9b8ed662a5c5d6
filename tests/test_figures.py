"""Figures say what they are asked to, in Latvian, and nothing of them is cut off or empty."""

import made
import numpy as np
import pytest

from results import figures, fonts
from utils.evaluation import assess
from utils.recordings import Reading

EPOCHS = [{"phase": 1 + i // 2, "epoch": i + 1, "loss": 9.0 - i, "val_loss": 8.0 - i, "val_wer": 0.9 - 0.1 * i}
          for i in range(6)]
RESULTS = assess([Reading(made.recording(["a", "b"]), ["ā", "b"], 0.9), Reading(made.recording([" "]), [], 0.5)])
COUNTS = {"training": {"a": 3, "b": 2}, "validation": {"a": 1, "ā": 2}, "test": {}}
ARRAY = made.array(["a", "b"])
ROW = {"number": 1, "interval": [0.1, 0.3], "wer": 0.2}

STUDY = [{"learnt": learnt, "start": start, "phrases": phrases, "wer": 1 / phrases}
         for learnt in ("letters", "all") for start in figures.STARTS for phrases in (16, 64, 254)]

ALL = {
    "montage": lambda: figures.montage([("a", [np.zeros((48, 64, 3), np.uint8)] * 2, list(ARRAY[:2]))]),
    "hand_presence": lambda: figures.hand_presence({"a_0001": ARRAY, "b_0001": ARRAY[:5]}),
    "signs_by_split": lambda: figures.signs_by_split(COUNTS, made.CHAR_MAP),
    "lengths": lambda: figures.lengths(made.recordings(), 2),
    "skeletons": lambda: figures.skeletons(made.recordings()[:2]),
    "losses_and_wer": lambda: figures.losses_and_wer(EPOCHS, 6, "1. eksperiments"),
    "wer_by_sign": lambda: figures.wer_by_sign(RESULTS["by_sign"]),
    "confusion_pairs": lambda: figures.confusion_pairs(RESULTS["confusions"]),
    "no confusions": lambda: figures.confusion_pairs([]),
    "experiments": lambda: figures.experiments([ROW]),
    "calibration": lambda: figures.calibration({"validācija": RESULTS, "uzzīmētie video": RESULTS}),
    "transfer_curves": lambda: figures.transfer_curves(STUDY),
    "people_curve": lambda: figures.people_curve([
        {"held_out": name, "people": people, "exact": 0.5 + people / 30, "contained": 0.6 + people / 40}
        for name in ("viens", "otrs") for people in (0, 1, 4, 12)]),
}


def texts(figure):
    return [text for text in figure.findobj(lambda artist: hasattr(artist, "get_text")) if text.get_text().strip()]


@pytest.mark.parametrize("name", ALL)
def test_a_figure_shows_something_and_no_label_is_cut_off(name):
    figure = ALL[name]()
    figure.canvas.draw()
    assert all(axis.has_data() or axis.texts for axis in figure.axes)
    drawn, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
    assert drawn.x0 >= 0 and drawn.y0 >= 0
    assert drawn.x1 <= width and drawn.y1 <= height


def test_a_sign_that_training_never_sees_is_red():
    axis = ALL["signs_by_split"]().axes[0]
    colours = {label.get_text(): label.get_color() for label in axis.get_xticklabels()}
    assert colours["ā"] == figures.BAD_COLOUR != colours["a"]


def test_the_space_has_a_name_on_an_axis():
    assert "␣" in [label.get_text() for label in ALL["wer_by_sign"]().axes[0].get_xticklabels()]


def test_phases_and_the_best_epoch_are_marked():
    words = " ".join(text.get_text() for text in texts(ALL["losses_and_wer"]()))
    for word in ("fāze:", "1.", "2.", "3.", "labākais: 0.400 (6. epoha)", "validācijas WER"):
        assert word in words


def test_letters_that_the_usual_font_lacks_get_another_of_the_machine(recwarn):
    figure = figures.wer_by_sign({"ᶁ": {"error": 0.5, "count": 2}, "a": {"error": 0.1, "count": 9}})
    figure.canvas.draw()
    label = next(label for label in figure.axes[0].get_xticklabels() if label.get_text() == "ᶁ")
    assert len(label.get_family()) > 1
    assert not [warning for warning in recwarn if "Glyph" in str(warning.message)]


def test_letters_that_no_font_has_are_told_once(monkeypatch, capsys, recwarn):
    monkeypatch.setattr(fonts.font_manager.fontManager, "ttflist", [])
    monkeypatch.setattr(fonts.font_manager, "findSystemFonts", list)
    for _ in range(2):
        figures.wer_by_sign({"あ": {"error": 0.5, "count": 2}}).canvas.draw()
    told = capsys.readouterr().out
    assert told.count("nav fonta zīmēm あ") == 1
    assert "«Noto Sans CJK»" in told
    assert not [warning for warning in recwarn if "Glyph" in str(warning.message)]
