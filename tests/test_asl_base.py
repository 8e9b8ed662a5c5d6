"""The ASL base: letters of people joined into words, and the folder that a training leaves."""

import dataclasses
import itertools

import numpy as np
import pytest

from asl import base as asl_base
from asl import joined as joined_module
from asl import ways as ways_module
from asl.borrowed import borrowed_letters, with_people
from asl.joined import Letters
from asl.letters import NOT_SEEN, OWN, UNIT, read_letter_set, read_letters
from ground.errors import DataError
from ground.files import ROOT, read_json, write_json
from ground.landmarks import hands_seen, palm_lengths
from ground.signs import load_char_map
from signer.alphabet import load_alphabet
from signer.camera import Camera
from signer.noise import load_noise
from signer.people import AS_DESCRIBED, draw_person
from signer.practice import practise
from studies import more_people
from utils.base import OWN_BASE, load_base
from utils.dataset import write_dataset
from utils.model_file import load_model
from utils.network import build_network
from utils.recordings import Recording
from utils.split import Split


@pytest.fixture(scope="module")
def joined(tmp_path_factory):
    folder = tmp_path_factory.mktemp("joined")
    save_letters(folder)
    return Letters(read_letters(folder), load_noise())


def save_letters(folder, letters="abo", frames=10, name="person", still=False, **fields):
    """A letter set of right hands like the virtual signer's, one recording a letter."""
    alphabet = load_alphabet(ROOT / "code/alphabets/asl.json")
    practice = asl_base.AslPractice({}, alphabet, [], None, load_noise())
    rng, hands = np.random.default_rng(0), []
    for letter in letters:
        person = dataclasses.replace(draw_person(rng), left_handed=False, ways=AS_DESCRIBED)
        recording = practise([letter], practice.alphabet, practice.noise, rng, person, Camera())
        seen = recording.hands[(recording.motion.sign == 0) & hands_seen(recording.hands)[:, 1], 21:]
        hands.append(seen[np.linspace(0, 0 if still else len(seen) - 1, frames).astype(int)])
    landmarks = (np.concatenate(hands) * UNIT).round().astype(np.int16)
    landmarks[3] = NOT_SEEN
    np.savez(folder / f"{name}.npz", landmarks=landmarks, length=[frames] * len(letters), letter=list(letters),
             hand=["right"] * len(letters), signer=[""] * len(letters), **fields)


def test_letters_are_read_without_the_frames_that_show_no_hand(tmp_path):
    save_letters(tmp_path)
    clips = read_letters(tmp_path)
    assert [clip.letter for clip in clips] == ["a", "b", "o"]
    assert [len(clip.hand) for clip in clips] == [9, 10, 10]
    assert all(np.isfinite(clip.hand).all() for clip in clips)


@pytest.mark.parametrize("letters", [["a"], ["b", "o"], ["a", "a", "b"]])
def test_a_word_is_joined_from_one_persons_letters(joined, letters):
    rng = np.random.default_rng(1)
    for _ in range(20):
        recording = joined.sign(letters, rng)
        assert recording.signs == letters
        assert recording.hands.dtype == np.float32 and recording.frames >= 2 * len(letters)
        seen = hands_seen(recording.hands)
        side = int(seen.sum(axis=0).argmax())
        hand = recording.hands.reshape(-1, 2, 21, 3)[seen[:, side], side] * [recording.aspect, 1, recording.aspect]
        assert palm_lengths(hand).std() < 0.5 * palm_lengths(hand).mean()


def test_what_nobody_shows_is_not_joined(tmp_path):
    save_letters(tmp_path, "ab", name="first")
    save_letters(tmp_path, "o", name="second")
    joined = Letters(read_letters(tmp_path), load_noise())
    assert joined.sign(["a", "z"], np.random.default_rng(0)) is None
    assert joined.sign(["a", "o"], np.random.default_rng(0)) is None  # two people: never in one word


def test_hands_come_loose_before_a_letter_and_go_after_it(joined):
    rng, ways = np.random.default_rng(2), []
    for _ in range(40):
        hand, sign = joined_module._joined(["a"], [joined.people["person/"]["a"][0]], 30.0, rng, {})
        assert hand.shape == (len(sign), 21, 3) and set(sign.tolist()) <= {-1, 0}
        held = np.flatnonzero(sign == 0)
        assert (np.diff(held) == 1).all()
        steps = np.linalg.norm(np.diff(hand, axis=0), axis=2).mean(axis=1)
        assert steps.max() < 3  # palm lengths: nothing jumps
        ways.append((held[0] > 0, held[-1] < len(sign) - 1, np.linalg.norm(hand[0, 0] - hand[held[0], 0])))
    came, went, far = np.array(ways, float).T
    assert 0.4 < came.mean() < 0.95 and 0.4 < went.mean() < 0.95 and far.max() > 2


def test_a_letter_may_be_formed_through_another_that_the_same_person_shows(tmp_path, monkeypatch):
    save_letters(tmp_path, "nu")
    letters = Letters(read_letters(tmp_path), load_noise(), alphabet=load_alphabet(ROOT / "code/alphabets/asl.json"))
    assert letters.through["n"] == "u"
    monkeypatch.setattr(ways_module, "THROUGH_ANOTHER", 1.0)
    monkeypatch.setattr(joined_module, "COMES", 1.0)
    n, u = (letters.people["person/"][name][0] for name in "nu")
    hand, sign = joined_module._joined(["n"], [n], 30.0, np.random.default_rng(0), {}, joined_module._in_palms(u)[0])
    reach = np.linalg.norm(hand[:, 8] - hand[:, 0], axis=1)  # the index finger's tip from the wrist
    first = np.flatnonzero(sign == 0)[0]
    assert (reach[:first] > 1.4 * reach[first]).sum() >= 2


def test_words_drift_outward_and_a_glimpse_wipes_no_letter(joined, monkeypatch):
    rng = np.random.default_rng(3)
    clips = [joined.people["person/"][name][0] for name in "aboab"]
    ways = []
    for _ in range(60):
        hand, sign = joined_module._joined(list("aboab"), clips, 12.0, rng, {})
        ways.append(hand[sign == 4, 0, 0].mean() - hand[sign == 0, 0, 0].mean())
    assert np.mean(ways) < -0.3  # a right hand's outside is the picture's left
    monkeypatch.setattr(joined_module, "GLIMPSED", 1.0)
    for _ in range(60):
        hand, sign = joined_module._joined(["a", "b"], clips[:2], 8.0, rng, {})
        seen = hands_seen(joined_module._filmed(hand, sign, rng)[0]).any(axis=1)
        assert {0, 1} <= set(sign[seen].tolist())


def test_now_and_then_another_hand_is_beside_and_does_not_jump(joined, monkeypatch):
    monkeypatch.setattr(joined_module, "OTHER_HAND", 1.0)
    rng, both = np.random.default_rng(4), 0
    for _ in range(20):
        both += hands_seen(joined.sign(["a", "b"], rng).hands).all(axis=1).any()
    assert both > 5


def test_a_letter_told_by_movement_must_move(tmp_path):
    save_letters(tmp_path, "aj", name="moving")
    assert [clip.letter for clip in read_letters(tmp_path)] == ["a", "j"]
    save_letters(tmp_path, "aj", name="moving", still=True)
    assert [clip.letter for clip in read_letters(tmp_path)] == ["a"]


def test_the_form_of_a_sets_pictures_is_what_its_file_says(tmp_path):
    save_letters(tmp_path, "a", name="square", ratio=1.0)
    save_letters(tmp_path, "a", name="wide")
    square, wide = (read_letter_set(tmp_path / f"{name}.npz")[0].hand for name in ("square", "wide"))
    assert np.allclose(wide[..., 0], square[..., 0] * 16 / 9, atol=1e-5)


RIGHT = {"landmarks": np.zeros((2, 21, 3), np.int16), "length": np.array([1, 1]), "letter": np.array(["a", "b"]),
         "hand": np.array(["left", "right"])}


@pytest.mark.parametrize("content", [
    {}, {"landmarks": RIGHT["landmarks"]}, RIGHT | {"length": np.array([0, 2])}, RIGHT | {"letter": np.array(["a"])},
    RIGHT | {"landmarks": np.zeros((2, 30, 3), np.int16)}, None])
def test_another_npz_is_named(tmp_path, content):
    (tmp_path / "other.npz").touch()
    if content is not None:
        np.savez(tmp_path / "other.npz", **content)
    with pytest.raises(DataError, match=r"other\.npz: nav burtu ierakstu fails"):
        read_letter_set(tmp_path / "other.npz")


def test_a_folder_without_letters_is_named(tmp_path):
    with pytest.raises(DataError, match="nav neviena"):
        read_letters(tmp_path)


def test_letters_and_digits_stay_apart_in_practice():
    alphabet, words = load_alphabet(ROOT / "code/alphabets/asl.json"), [["a", "b"]]
    practice = asl_base.AslPractice({}, alphabet, words, None, load_noise())
    rng = np.random.default_rng(0)
    drawn = [practice.draw(rng).signs for _ in range(120)]
    assert not any({"2", "v"} <= set(phrase) or {"0", "o"} <= set(phrase) for phrase in drawn)
    assert not any(len(phrase) == 1 and phrase[0].isdigit() for phrase in drawn)
    assert [] in drawn  # now and then nothing is signed
    assert any(first == second for phrase in drawn for first, second in itertools.pairwise(phrase))


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A repository of its own for the base, and trainings that are over at once."""
    monkeypatch.setattr(asl_base, "from_root", lambda path: tmp_path / path)
    monkeypatch.setattr("utils.base.from_root", lambda path: tmp_path / path)
    monkeypatch.setattr(asl_base, "RECORDINGS_AN_EPOCH", 8)
    monkeypatch.setattr(asl_base, "JUDGED", 3)
    (tmp_path / "letters").mkdir()
    save_letters(tmp_path / "letters")
    return tmp_path


def practice_of(here):
    code = ROOT / "code" / "alphabets"
    return asl_base.asl_practice(code / "asl.json", code / "phrases_lzv.txt", code / "lzv.json", "letters")


def test_a_base_is_whole_says_what_it_was_trained_on_and_starts_another(here):
    assert asl_base.base_wanted("auto")
    asl_base.train_base(practice_of(here), "conv", 1, 1)
    folder = here / "models/asl/42"
    assert {path.name for path in folder.iterdir()} == {
        "cslr_model_best_42.keras", "cslr_prediction_model_final_42.keras", "clsr_data_42.json", "cslr_plot_42.png",
        "cslr_model_42.tflite", "example.py", "char_map_asl.json", "model_card.md"}
    assert not asl_base.base_wanted("auto") and asl_base.base_wanted(True)
    content = read_json(folder / "clsr_data_42.json")
    assert content["trained_on"]["letters"] == {"person": OWN}
    card = (folder / "model_card.md").read_text(encoding="utf-8")
    assert card.count(f"person: {OWN}") == 2 and "WER" in card and "## Ko tā neprot" in card
    assert load_base(str(folder / "cslr_model_best_42.keras")).classes == 60
    assert load_model(folder / "cslr_prediction_model_final_42.keras").output_shape[-1] == 60

    asl_base.train_base(practice_of(here), "conv", 1, 2)
    assert (here / "models/asl/42_previous").exists() and read_json(folder / "clsr_data_42.json") != content


def test_a_base_that_is_there_is_trained_for_longer(here, monkeypatch):
    asl_base.train_base(practice_of(here), "conv", 1, 1)
    first = load_base(str(OWN_BASE))
    monkeypatch.setattr(asl_base, "LEARNING_RATE_MORE", 1e-9)
    asl_base.train_base(practice_of(here), "conv", 1, 2, more=True)
    content, later = read_json(here / "models/asl/42/clsr_data_42.json"), load_base(str(OWN_BASE))
    assert content["trained_on"]["went_on_from"] == first.fingerprint != later.fingerprint
    assert content["model_architecture"]["learning_rate"] == 1e-9
    epochs = content["results"]["epoch_metrics"]
    assert [(row["phase"], row["epoch"]) for row in epochs] == [(1, 1), (2, 2)]  # the curve is of the whole training
    assert content["model_architecture"]["epochs"] == content["results"]["best_epoch"] == 2
    for name in ("stem", "head"):
        np.testing.assert_allclose(later.arrays[name][0], first.arrays[name][0], atol=1e-5)


def test_a_users_own_asl_records_train_and_judge(here):
    practice = practice_of(here)
    recordings = [asl_base.dataclasses.replace(practice.draw(np.random.default_rng(number)), name=f"own_{number}",
                                               generated=False) for number in range(6)]
    split = Split("random", 1, recordings[:4], recordings[4:], [])
    write_dataset(split, practice.char_map, here / "asl", here / "asl/dataset_info.json", "my ASL", here, {})
    asl_base.train_base(practice, "conv", 1, 1, "asl")
    content = read_json(here / "models/asl/42/clsr_data_42.json")
    assert content["trained_on"]["own"] == "own records: my ASL"
    assert content["results"]["validation"]["sequences"] == 2
    assert content["trained_on"]["recordings_an_epoch"] == 8 + 4


def test_a_stopped_base_training_goes_on(here, capsys, monkeypatch):
    monkeypatch.setattr(asl_base, "save_prediction_model", lambda training: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        asl_base.train_base(practice_of(here), "conv", 1, 1)
    assert "Turpina" not in capsys.readouterr().out
    monkeypatch.undo()
    monkeypatch.setattr(asl_base, "from_root", lambda path: here / path)
    monkeypatch.setattr(asl_base, "RECORDINGS_AN_EPOCH", 8)
    monkeypatch.setattr(asl_base, "JUDGED", 3)
    asl_base.train_base(practice_of(here), "conv", 3, 1)
    assert "3. fāze, pēc 1. epohas" in capsys.readouterr().out
    content = read_json(here / "models/asl/42/clsr_data_42.json")
    assert [epoch["epoch"] for epoch in content["results"]["epoch_metrics"]] == [1, 2, 3]
    assert not (here / "models/asl/42/state").exists()


def test_a_stopped_base_of_another_architecture_is_named(here, monkeypatch):
    monkeypatch.setattr(asl_base, "save_prediction_model", lambda training: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        asl_base.train_base(practice_of(here), "conv", 1, 1)
    with pytest.raises(DataError, match="iesāktā apmācība ir cita: tīkls conv, nevis bilstm"):
        asl_base.train_base(practice_of(here), "bilstm", 1, 1)


def test_letter_sets_of_digits_alone_are_no_letters(tmp_path):
    save_letters(tmp_path, "345")
    with pytest.raises(DataError, match="nav neviena"):
        read_letters(tmp_path)


def borrowed(folder):
    path = ROOT / "code/alphabets/lzv.json"
    char_map = load_char_map(ROOT / "char_map.json")
    return borrowed_letters(read_letters(folder), char_map, load_alphabet(path), path, load_noise())


def test_signs_with_the_hand_of_an_asl_letter_are_shown_by_people_and_moved(tmp_path):
    save_letters(tmp_path, "suw")
    letters = borrowed(tmp_path)
    assert letters.signs == {"a", "ā", "n", "ņ", "d"}  # a fist, two fingers; w's hand is no Latvian letter's
    rng = np.random.default_rng(0)
    for _ in range(10):
        hand, sign = joined_module._joined(["a", "ā"], [letters.people["person/"][name][0] for name in "aā"], 30.0, rng,
                                           letters.paths)
        still, slide = (np.ptp(hand[sign == number, 0], axis=0) for number in (0, 1))
        wrist = hand[sign == 1, 0]
        assert wrist[-1, 0] - wrist[0, 0] < -0.6  # outward: a right hand goes to the picture's left
        assert still[0] < 0.9 < slide[0]


def test_a_part_of_new_practice_is_shown_by_people_and_never_what_judges(tmp_path):
    save_letters(tmp_path, "sui")
    virtual = Recording("v", ["v"], np.ones((9, 42, 3), np.float32), generated=True)
    renew = with_people(lambda recording, rng: virtual, borrowed(tmp_path), [["a", "n"], ["i", "a"]], {"a-n", "a"})
    rng = np.random.default_rng(1)
    drawn = [renew(virtual, rng) for _ in range(200)]
    people = [recording for recording in drawn if recording is not virtual]
    assert 0.15 < len(people) / 200 < 0.45
    phrases = {recording.phrase for recording in people}
    assert "i-a" in phrases and not phrases & {"a-n", "a"} and len(phrases) > 5


def test_hands_that_no_sign_has_lend_nothing_and_a_mistake_is_named(tmp_path):
    save_letters(tmp_path, "w")
    assert borrowed(tmp_path) is None
    content = read_json(ROOT / "code/alphabets/lzv.json") | {"asl_hands": {"fits": "s"}}
    write_json(tmp_path / "new.json", content)
    with pytest.raises(DataError, match=r"new\.json, asl_hands: rokas formas «fits»"):
        borrowed_letters([], {}, load_alphabet(tmp_path / "new.json"), tmp_path / "new.json", load_noise())


def test_the_study_of_people_reads_who_was_held_out_and_goes_on_after_a_stop(tmp_path, monkeypatch, capsys):
    for name in ("first", "second", "third"):
        save_letters(tmp_path, name=name)
    for name, value in (("COUNTS", (1,)), ("HELD_OUT", ("first", "second")), ("ENOUGH_LETTERS", 2), ("MORE_STEPS", 1),
                        ("SLOTS", 4)):
        monkeypatch.setattr(more_people, name, value)
    clips, results = read_letters(tmp_path), tmp_path / "study.json"
    build_network("conv", 59).save(more_people.start_of(results))
    more_people.run_part(clips, results, 0, 1)
    rows = more_people.ended(results)
    assert [(row["people"], row["held_out"]) for row in rows] == [
        (0, "first"), (0, "second"), (1, "first"), (1, "second")]
    assert all(row["recordings"] == 3 and 0 <= row["exact"] <= row["contained"] <= 1 for row in rows)
    assert all(not any(name.startswith(row["held_out"]) for name in row["people_names"]) for row in rows)
    capsys.readouterr()
    more_people.run_part(clips, results, 0, 1)
    assert capsys.readouterr().out == ""


def test_a_setting_that_is_none_is_named():
    with pytest.raises(DataError, match="TRAIN_BASE"):
        asl_base.base_wanted("varbūt")


def test_kaggles_order_is_kaggles():
    characters = asl_base.KAGGLE_CHARACTERS
    assert len(characters) == 59
    assert [characters.index(c) for c in " 09az~"] == [0, 15, 24, 32, 57, 58]
