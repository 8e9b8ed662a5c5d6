"""Files that are whole or not there: written under a temporary name, renamed when complete."""

import contextlib
import errno
import hashlib
import json
import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from ground.errors import DataError

ROOT = Path(__file__).resolve().parents[2]
os.umask(UMASK := os.umask(0o022))  # there is no other way to ask for it
FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))  # the disk, or the user's share of it


def from_root(path: str | Path) -> Path:
    """A setting's path; a relative one is relative to the repository's root, wherever the kernel runs."""
    return ROOT / Path(path).expanduser()


def shown(path: Path) -> str:
    """The path as a reader wants to see it: short when it lies in the repository, and then the same
    on every system: descriptions of data and experiments hold it."""
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else str(path)


@contextlib.contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Gives a temporary name beside `path` with the same ending; renames it to `path` when the block ends well.

    After any fault, a full disk or a keyboard interrupt among them, the temporary file is gone and an
    older file at `path` is as it was. Raises DataError when the disk is full or the folder cannot be written to.
    """
    make_folder(path.parent)
    try:
        handle, name = tempfile.mkstemp(prefix=".unfinished_", suffix="".join(path.suffixes[-2:]), dir=path.parent)
    except OSError as error:
        raise cannot_write(path.parent, error) from error
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        os.chmod(temporary, path.stat().st_mode & 0o777 | 0o200 if path.exists() else 0o666 & ~UMASK)
        os.replace(temporary, path)
    except PermissionError as error:
        raise DataError(shown(path), "failu nedrīkst pārrakstīt",
                        "Aizveriet to izklājlapā vai citā programmā un palaidiet šūnu vēlreiz") from error
    except OSError as error:
        if error.errno in FULL:
            raise cannot_write(path, error) from error
        raise
    finally:
        temporary.unlink(missing_ok=True)


def make_folder(folder: Path) -> None:
    """Makes a folder and those above it. Raises DataError where a file stands in its place or nobody may write."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(folder, error) from error


def refuse_unwritable(path: Path) -> None:
    """Raises DataError where a file cannot be written at `path`: said before the work whose result it is to hold."""
    make_folder(path.parent)
    try:
        tempfile.TemporaryFile(dir=path.parent).close()
    except OSError as error:
        raise cannot_write(path.parent, error) from error


def remove(path: Path) -> None:
    """Removes a file, if there is one. Raises DataError where that is not allowed."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise cannot_write(path, error) from error


def cannot_write(path: Path, error: OSError) -> DataError:
    """What a fault in writing is called."""
    if error.errno in FULL:
        return DataError(shown(path), "disks ir pilns, fails nav uzrakstīts",
                         "Atbrīvojiet vietu un palaidiet vēlreiz")
    if isinstance(error, (FileExistsError, NotADirectoryError)):
        return DataError(shown(path), "mapes vietā ir fails", "Pārdēvējiet to vai norādiet citu mapi")
    reason = "tur nedrīkst rakstīt" if isinstance(error, PermissionError) or error.errno == errno.EROFS else (
        f"tur nevar rakstīt ({error.strerror})")
    return DataError(shown(path), reason, "Dodiet atļauju rakstīt vai norādiet citu mapi")


def write_json(path: Path, content: dict) -> None:
    """Writes readable UTF-8 JSON, whole or not at all."""
    with written_whole(path) as temporary:
        text = json.dumps(content, ensure_ascii=False, indent=1, default=_plain)
        temporary.write_text(text + "\n", encoding="utf-8")


def _plain(value):
    """A number of NumPy's, or a path, as JSON holds it."""
    return value.item() if hasattr(value, "item") else str(value)


def read_json(path: Path) -> dict:
    """Reads a JSON object. Raises DataError when the file is missing, repeats a key or holds something else."""
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"), object_pairs_hook=lambda p: _once(path, p))
    except FileNotFoundError:
        raise DataError(shown(path), "faila nav", "Pārbaudiet ceļu konfigurācijas šūnā") from None
    except OSError as error:
        raise DataError(shown(path), f"failu nevar nolasīt ({error.strerror})", "Pārbaudiet ceļu un atļaujas") from None
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DataError(shown(path), "nav derīgs JSON" + _at_line(error),
                        "Izlabojiet failu vai atjaunojiet to") from None
    if not isinstance(content, dict):
        raise DataError(shown(path), "JSON failā jābūt objektam {…}", "Izlabojiet failu vai atjaunojiet to")
    return content


def _once(path: Path, pairs: list[tuple]) -> dict:
    once = dict(pairs)
    if len(once) < len(pairs):
        twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise DataError(shown(path), f"ieraksts «{twice}» ir divreiz", "Atstājiet vienu")
    return once


def _at_line(error: Exception) -> str:
    return f" ({error.lineno}. rindā)" if isinstance(error, json.JSONDecodeError) else ""


def fingerprint(path: Path) -> str:
    """The first 16 hex digits of the SHA-256 of a file's content."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()[:16]
