"""A clip kept as a recording of the user's own: in the corpus, in the folder that is named by its phrase."""

import shutil
import threading
from pathlib import Path

from frames.video import RECORDED, VideoFacts, read_frames
from ground.errors import DataError
from ground.files import make_folder, written_whole
from ground.signs import carried, join_phrase, read_phrase

USUAL_ENDING = ".mp4"  # of a video whose name tells nothing; what is in it is seen when it is opened
_one_at_a_time = threading.Lock()  # between the choice of a number and the file that bears it


def keep_video(file: Path, phrase: str, char_map: dict[str, int], videos: Path, name: str = "video") -> Path:
    """Copies a clip to videos/<phrase>/<name>_0001.<ending>, the next free number; returns where it is now.

    Nothing is overwritten, and the copy is whole or not there. Raises DataError for a phrase with a sign that char_map
    lacks or that no folder's name can carry, for a file that is no video, and where nothing can be written.
    """
    signs = phrase_signs(phrase, char_map)
    if uncarried := [sign for sign in signs if not carried(sign)]:
        raise DataError("Frāze", f"zīmi «{uncarried[0]}» nevar ierakstīt mapes nosaukumā", "Ierakstiet frāzi bez tās")
    folder = videos / join_phrase(signs)
    next(read_frames(file, VideoFacts()))
    with _one_at_a_time:
        make_folder(folder)
        target = folder / f"{name}_{_free_number(folder, name):04}{ending_of(file.name)}"
        with written_whole(target) as temporary:
            shutil.copyfile(file, temporary)
    return target


def phrase_signs(phrase: str, char_map: dict[str, int]) -> list[str]:
    """The signs of a phrase as a person writes it: a-b-c, or words, of which one that is itself a sign stays whole.

    >>> phrase_signs("Kā  10", {"k": 0, "ā": 1, "1": 2, "0": 3, "10": 4, " ": 5})
    ['k', 'ā', ' ', '10']

    Raises DataError for no phrase and for a sign that char_map lacks.
    """
    if not phrase.strip(" -"):
        raise DataError("Frāze", "nav ierakstīts, kas rādīts", "Ierakstiet, piemēram, rīga vai r-ī-g-a")
    if "-" in phrase:
        signs = read_phrase(phrase, char_map)
        spoken = [number for number, sign in enumerate(signs) if sign != " "]
        return signs[spoken[0]:spoken[-1] + 1] if spoken else signs  # Windows takes blanks from a folder's end
    words = [word if word.lower() in char_map else "-".join(word) for word in phrase.split()]
    return read_phrase("- -".join(words), char_map)


def ending_of(name: str) -> str:
    """The ending of a video's name, the usual one where it has none that is known.

    >>> ending_of("a.WebM"), ending_of("../b.exe")
    ('.webm', '.mp4')
    """
    ending = Path(name).suffix.lower()
    return ending if ending in RECORDED else USUAL_ENDING


def _free_number(folder: Path, name: str) -> int:
    """The first number that no file of this name has, whatever its ending."""
    taken = [path.stem.removeprefix(f"{name}_") for path in folder.glob(f"{name}_*")]
    return 1 + max((int(number) for number in taken if number.isdecimal()), default=0)
