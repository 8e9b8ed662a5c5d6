import itertools
import json

import numpy as np
import pytest

from ground.errors import DataError
from ground.files import ROOT
from ground.signs import load_char_map
from signer.alphabet import load_alphabet
from signer.people import AS_DESCRIBED
from signer.phrases import draw_phrases, read_phrases, spell

ALPHABETS = ROOT / "code" / "alphabets"
CHAR_MAP = load_char_map(ROOT / "char_map.json")


def changed(tmp_path, change):
    """The Latvian alphabet with one mistake in it."""
    content = json.loads((ALPHABETS / "lzv.json").read_text(encoding="utf-8"))
    change(content)
    path = tmp_path / "lzv.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_latvian_describes_every_sign_of_the_char_map_and_asl_its_letters_digits_and_space():
    assert set(load_alphabet(ALPHABETS / "lzv.json", CHAR_MAP).signs) == set(CHAR_MAP)
    assert set(load_alphabet(ALPHABETS / "asl.json").signs) == set("abcdefghijklmnopqrstuvwxyz0123456789 ")


def test_the_second_alphabet_its_list_of_signs_and_its_words_belong_together():
    char_map = load_char_map(ALPHABETS / "char_map_dgs.json")
    alphabet = load_alphabet(ALPHABETS / "dgs.json", char_map)
    assert set(alphabet.signs) == set(char_map)
    listed = read_phrases(ALPHABETS / "phrases_dgs.txt", alphabet)
    assert {sign for phrase in listed for sign in phrase} == set(char_map)
    assert ["sch", "u", "l", "e"] in listed and len(set(map(tuple, listed))) == len(listed)


def test_no_two_latvian_signs_are_described_alike():
    signs = load_alphabet(ALPHABETS / "lzv.json").signs
    described = {}
    for name, sign in signs.items():
        hands = [sign.hand] + ([sign.second] if sign.second else [])
        key = tuple(np.concatenate([np.r_[h.angles, h.turned, h.path.ravel()] for h in hands]).round(3))
        assert key not in described, f"{name} = {described[key]}"
        described[key] = name


@pytest.mark.parametrize("name", ["lzv", "asl"])
def test_no_way_to_make_a_sign_is_nearly_another_signs(name):
    signs = {name: sign for name, sign in load_alphabet(ALPHABETS / f"{name}.json").signs.items()
             if sign.second is None and not name.isdigit()}  # ASL makes 0 2 6 9 like letters
    ways = [(name, way.hand) for name, sign in signs.items() for way in (sign, *(way for _, way in sign.variants))]
    for (one, first), (other, second) in itertools.combinations(ways, 2):
        posture = np.abs(np.r_[first.angles - second.angles, first.turned - second.turned]).sum()
        movement = (np.abs(first.path - second.path) * [100, 100, 100, 1, 1, 1]).max()  # a palm is as 100 degrees
        assert one == other or posture + movement > 25, f"{one} ~ {other}"


def test_every_signer_makes_a_sign_one_way_and_the_shares_are_the_alphabets():
    alphabet = load_alphabet(ALPHABETS / "asl.json")
    ways = [sign for _, sign in alphabet.signs["g"].variants]
    made = [alphabet.sign("g", person) for person in range(1000)]
    for (share, _), way in zip(alphabet.signs["g"].variants, ways):
        assert abs(sum(sign is way for sign in made) / 1000 - share) < 0.02
    assert alphabet.sign("g", AS_DESCRIBED) is alphabet.signs["g"]
    assert ways[0].hand.turned.tolist() != alphabet.signs["g"].hand.turned.tolist()


@pytest.mark.parametrize(("base", "marked"), [("a", "ā"), ("e", "ē"), ("i", "ī"), ("u", "ū")])
def test_a_macron_is_the_same_hand_sliding_outward(base, marked):
    signs = load_alphabet(ALPHABETS / "lzv.json").signs
    assert (signs[base].hand.angles == signs[marked].hand.angles).all()
    assert not signs[base].moves
    out, up, forward = signs[marked].hand.path[-1, :3]
    assert out > 1 and up == forward == 0


@pytest.mark.parametrize(("change", "named"), [
    (lambda c: c["handshapes"]["fist"].update(index={"knee": 3}), ["fist", "index", "knee"]),
    (lambda c: c["signs"]["a"].update(handshape={**c["handshapes"]["fist"], "ring": {"pip": 150}}),
     ["«a»", "ring", "pip", "150"]),
    (lambda c: c["signs"]["b"].pop("handshape"), ["«b»", "handshape"]),
    (lambda c: c["signs"]["b"].update(handshape="bird"), ["«b»", "bird"]),
    (lambda c: c["signs"]["c"].update(movement={"type": "fly", "size": 1}), ["«c»", "movement", "fly"]),
    (lambda c: c["signs"]["c"].update(movement={"type": "slide", "direction": ["north"], "size": 1}), ["«c»", "north"]),
    (lambda c: c["signs"]["c"].update(movement={"type": "slide", "size": 1}), ["«c»", "slide", "direction"]),
    (lambda c: c["signs"]["c"].update(movement={"type": "trace", "points": [[0, 0]]}), ["«c»", "points"]),
    (lambda c: c["signs"]["d"].update(orientation="upside"), ["«d»", "upside"]),
    (lambda c: c["signs"]["d"].update(colour="red"), ["«d»", "colour"]),
    (lambda c: c["signs"]["d"].update(variants={"share": 0.3}), ["«d»", "variants", "sarakstu"]),
    (lambda c: c["signs"]["d"].update(variants=[{"handshape": "fist"}]), ["«d», 1. variants", "share", "null"]),
    (lambda c: c["signs"]["d"].update(variants=[{"share": 0.3, "uncertain": "?"}]), ["«d», 1. variants", "uncertain"]),
    (lambda c: c["signs"]["d"].update(variants=[{"share": 0.3, "handshape": "bird"}]), ["1. variants", "bird"]),
    (lambda c: c["signs"]["d"].update(variants=[{"share": 0.7}, {"share": 0.6}]), ["«d»", "variants", "lielāka par 1"]),
    (lambda c: c["signs"]["m"].update(through="bird"), ["«m»", "through", "bird"]),
    (lambda c: c["signs"]["d"].update(duration="long"), ["«d»", "duration"]),
    (lambda c: c["signs"]["6"].update(second_hand={"orientation": "back"}), ["«6»", "second_hand"]),
    (lambda c: c["handshapes"]["flat"].pop("thumb"), ["flat", "thumb"]),
    (lambda c: c["signs"].pop("ģ"), ["ģ", "char_map"]),
    (lambda c: c.pop("signs"), ["signs"]),
])
def test_a_mistake_in_an_alphabet_is_named_by_sign_and_field(tmp_path, change, named):
    with pytest.raises(DataError) as error:
        load_alphabet(changed(tmp_path, change), CHAR_MAP)
    for word in ["lzv.json", *named]:
        assert word in str(error.value)


def test_the_phrase_list_is_long_unique_and_shows_every_sign_often():
    phrases = read_phrases(ALPHABETS / "phrases_lzv.txt", load_alphabet(ALPHABETS / "lzv.json"))
    assert len(phrases) >= 1000
    assert len({tuple(phrase) for phrase in phrases}) == len(phrases)
    for sign in CHAR_MAP:
        assert sum(phrase.count(sign) for phrase in phrases) >= 45, sign


def test_a_line_that_cannot_be_spelled_is_named(tmp_path):
    path = tmp_path / "list.txt"
    path.write_text("# heading\nrīga\nquo vadis\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"3\. rinda.*«q»"):
        read_phrases(path, load_alphabet(ALPHABETS / "lzv.json"))


def test_ten_is_one_sign_only_as_a_word():
    assert spell("10 100", set(CHAR_MAP)) == ["10", " ", "1", "0", "0"]


def test_phrases_at_random_hold_every_sign_and_no_space_at_an_end():
    phrases = draw_phrases(800, [], list(CHAR_MAP), np.random.default_rng(0))
    assert {sign for phrase in phrases for sign in phrase} == set(CHAR_MAP)
    assert not any(" " in (phrase[0], phrase[-1]) for phrase in phrases)


@pytest.mark.parametrize("page", ["README.md", "README.en.md"])
def test_the_readme_lists_every_letter_that_sources_leave_open(page):
    signs = load_alphabet(ALPHABETS / "lzv.json").signs
    letters = " ".join(name for name, sign in signs.items() if sign.uncertain and name.isalpha())
    assert letters in (ROOT / page).read_text(encoding="utf-8")
