"""Signs of another alphabet shown by people's hands: where a sign has the hand of an ASL letter, whoever shows that
letter shows the sign.

The alphabet's file names them in `asl_hands`, handshape -> ASL letter or digit. The hand of a recording of the letter
is moved along the sign's movement, before the recordings are joined as the base's letters are.
"""

from pathlib import Path

import numpy as np

from asl.joined import Letters
from asl.letters import LetterClip, credits, read_letters
from ground.errors import DataError
from ground.files import ROOT, from_root, read_json, shown
from ground.signs import join_phrase
from signer.alphabet import Alphabet, load_alphabet
from signer.noise import Noise, load_noise
from signer.phrases import draw_phrase, phrase_weights
from utils.batches import Renew
from utils.training import Training

SECTION = "asl_hands"
ASL = ROOT / "code" / "alphabets" / "asl.json"
#: By so many degrees (turn, tip, lean) a letter's hand may be held otherwise than the sign's.
NEAR = np.array([27, 27, 16])
#: Of new practice, so much is shown by people's hands; of that, so much is drawn at random from what one person shows.
SHARE, AT_RANDOM = 0.3, 0.4
LONGEST_AT_RANDOM = 6


def lent_by_people(training: Training, letters: str, alphabet: str, listed: list[list[str]], judged: set[str]) -> None:
    """From now on a part of a training's new practice is shown by the hands in the folder `letters`. Raises DataError
    where nothing in it fits the alphabet (`borrowed_letters`)."""
    path = from_root(alphabet)
    clips = read_letters(from_root(letters))
    lent = borrowed_letters(clips, load_alphabet(path), path, load_alphabet(ASL), load_noise())
    training.renew, training.lent = with_people(training.renew, lent, listed, judged), credits(lent.people)
    print(f"Daļu vingrinājumu rāda cilvēku rokas ({len(lent.people)} cilvēki, {len(lent.signs)} zīmes).")


def borrowed_letters(clips: list[LetterClip], alphabet: Alphabet, path: Path, asl: Alphabet, noise: Noise) -> Letters:
    """The signs of the alphabet in `path` that people's ASL letters can show. Raises DataError for an ASL letter that
    is not known and where no sign can be shown."""
    content = read_json(path)
    hands = content.get(SECTION, {})
    if unknown := [letter for letter in hands.values() if letter not in asl.signs]:
        raise DataError(f"{shown(path)}, {SECTION}", f"ASL zīmes «{unknown[0]}» nav", "Salīdziniet ar asl.json")
    by_letter: dict[str, list[str]] = {}
    for name, sign in alphabet.signs.items():
        letter = hands.get(str(content["signs"][name]["handshape"]))
        if letter and sign.second is None and (abs(sign.hand.turned - asl.signs[letter].hand.turned) <= NEAR).all():
            by_letter.setdefault(letter, []).append(name)
    lent = [LetterClip(name, clip.hand, clip.person) for clip in clips for name in by_letter.get(clip.letter, [])]
    if not lent:
        raise DataError(shown(path), "nevienu tā zīmi nevar parādīt ar ASL_LETTERS rokām",
                        "Iestatiet ASL_LETTERS = None")
    return Letters(lent, noise, {name: _paths(alphabet, name) for names in by_letter.values() for name in names})


def with_people(renew: Renew, letters: Letters, listed: list[list[str]], judged: set[str]) -> Renew:
    """New practice of which a part is shown by people's hands; never a phrase that is `judged`."""
    known = [phrase for phrase in listed if set(phrase) <= letters.signs]
    weights = phrase_weights(known, sorted(letters.signs))

    def drawn(rng: np.random.Generator) -> list[str]:
        if rng.random() < AT_RANDOM or not known:
            count = rng.integers(1, LONGEST_AT_RANDOM + 1)
            return [str(sign) for sign in rng.choice(sorted(letters.of_somebody(rng)), count)]
        return draw_phrase(known, weights, sorted(letters.signs), rng)

    def renewed(recording, rng: np.random.Generator):
        while rng.random() < SHARE:
            phrase = drawn(rng)
            if join_phrase(phrase) not in judged and (shown_by_people := letters.sign(phrase, rng)):
                return shown_by_people
        return renew(recording, rng)

    return renewed


def _paths(alphabet: Alphabet, name: str) -> list[np.ndarray]:
    """The movements (13, 6) of a sign that need no other hand: as described first, and those of its variants."""
    sign = alphabet.signs[name]
    return [sign.hand.path, *(way.hand.path for _, way in sign.variants
                              if (way.hand.angles == sign.hand.angles).all()
                              and (abs(way.hand.turned - sign.hand.turned) <= NEAR).all())]
