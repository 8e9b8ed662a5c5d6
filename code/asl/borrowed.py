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
from signer.alphabet import Alphabet, Sign, load_alphabet
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
TRIES = 100  # phrases drawn until somebody shows one


def lent_by_people(training: Training, letters: str, alphabet: str, listed: list[list[str]], judged: set[str]) -> str:
    """From now on a part of a training's new practice is shown by the hands in the folder `letters`; a sentence
    (Latvian) says so, or why not. Raises DataError for a mistake in the alphabet's `asl_hands`."""
    if not training.renew:
        return "ASL_LETTERS rokas vingrinājumus nerāda: jaunu vingrinājumu šajā apmācībā nav."
    path = from_root(alphabet)
    clips = read_letters(from_root(letters))
    lent = borrowed_letters(clips, training.char_map, load_alphabet(path), path, load_noise())
    if not lent:
        return f"ASL_LETTERS rokas vingrinājumus nerāda: {shown(path)} neviena zīme ({SECTION}) tām neder."
    training.renew, training.lent = with_people(training.renew, lent, listed, judged), credits(lent.people)
    return f"Daļu vingrinājumu rāda cilvēku rokas (cilvēki: {len(lent.people)}, zīmes: {len(lent.signs)})."


def borrowed_letters(clips: list[LetterClip], char_map: dict[str, int], alphabet: Alphabet, path: Path,
                     noise: Noise) -> Letters | None:
    """The signs of `char_map` and of the alphabet in `path` that people's ASL letters can show; None where there are
    none. Raises DataError for a handshape or an ASL letter that is not known."""
    content, asl = read_json(path), load_alphabet(ASL)
    hands, place = content.get(SECTION, {}), f"{shown(path)}, {SECTION}"
    if not isinstance(hands, dict):
        raise DataError(place, "vajag objektu {…}: rokas forma un ASL zīme", "Salīdziniet ar lzv.json")
    for handshape, letter in hands.items():
        if handshape not in content["handshapes"] or letter not in asl.signs:
            raise DataError(place, f"rokas formas «{handshape}» vai ASL zīmes «{letter}» nav",
                            "Salīdziniet ar lzv.json")
    by_letter: dict[str, list[str]] = {}
    for name, sign in alphabet.signs.items():
        letter = hands.get(str(content["signs"][name]["handshape"]))
        if letter and name in char_map and sign.second is None and _near(sign, asl.signs[letter]):
            by_letter.setdefault(letter, []).append(name)
    lent = [LetterClip(name, clip.hand, clip.person) for clip in clips for name in by_letter.get(clip.letter, [])]
    paths = {name: _paths(alphabet.signs[name]) for names in by_letter.values() for name in names}
    return Letters(lent, noise, paths, alphabet) if lent else None


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
        if rng.random() < SHARE:
            for _ in range(TRIES):
                phrase = drawn(rng)
                if join_phrase(phrase) not in judged and (by_people := letters.sign(phrase, rng)):
                    return by_people
        return renew(recording, rng)

    return renewed


def _paths(sign: Sign) -> list[tuple[float, np.ndarray]]:
    """The movements (13, 6) of a sign that need no other hand, with their shares: as described first, which has what
    the others leave."""
    return [(0.0, sign.hand.path), *((share, way.hand.path) for share, way in sign.variants
                                     if (way.hand.angles == sign.hand.angles).all() and _near(way, sign))]


def _near(one: Sign, other: Sign) -> bool:
    """Whether a hand held as the one sign can be taken for one held as the other."""
    return bool((abs(one.hand.turned - other.hand.turned) <= NEAR).all())
