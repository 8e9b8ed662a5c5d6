"""The environment .venv: made, filled with what requirements.txt pins, and again only when that changes.

Python 3.6 and the standard library only.
"""

import glob
import hashlib
import os
import re
import subprocess
import sys

from start import surroundings
from start.terminal import Terminal

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ENVIRONMENT = os.path.join(ROOT, ".venv")
#: pip's lines that name a cause, the most telling kind first; the last such line is shown.
TELLING = (re.compile(r"\[Errno|No space left|ConnectionError|SSLError|ProxyError|Temporary failure|timed out"),
           re.compile(r"^ERROR: (?!Could not find a version)"), re.compile(r"error", re.IGNORECASE), re.compile(r"\S"))


def executable():
    """The environment's Python."""
    return os.path.join(ENVIRONMENT, *(("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")))


def ready():
    """Whether .venv holds what requirements.txt asks for, whichever Python asks."""
    return os.path.exists(executable()) and _read(_stamp()).endswith(" " + _wanted())


def prepare():
    """Makes .venv with the Python that runs this and installs requirements.txt. Returns whether that went well."""
    fault = surroundings.unreadable_folder(ROOT)
    if fault:
        print(fault)
        return False
    if os.path.islink(ENVIRONMENT) or getattr(os.path, "isjunction", os.path.islink)(ENVIRONMENT):
        # A new environment would empty the folder that it leads to.
        print("Mape .venv ir saite uz citu mapi ar citām pakotnēm; tajā nekas netika mainīts. "
              "Izdzēsiet saiti un palaidiet vēlreiz.")
        return False
    version = ".".join(str(part) for part in sys.version_info[:3])
    with Terminal() as terminal:
        terminal.line("Vide: uzstāda requirements.txt mapē .venv (pirmoreiz dažas minūtes)")
        if not (os.path.exists(executable()) and _read(_stamp()).startswith(version + " ")):
            terminal.begin("Vide: veido mapi .venv")
            if not _create(terminal):
                return False
            _note(version)  # an installation that fails goes on from here the next time
        if not _install(terminal, "requirements.txt"):
            return False
        _note(version, _wanted())
        terminal.line("Vide: gatava")
    return True


def add(requirements, *options):
    """Installs another requirements file into .venv, unless that has been done. Returns whether that went well."""
    done = os.path.join(ENVIRONMENT, "installed_" + os.path.basename(requirements))
    if _read(done) == _all_wanted():
        return True
    with Terminal() as terminal:
        if not _install(terminal, requirements, *options):
            return False
    with open(done, "w") as file:
        file.write(_all_wanted())
    return True


def _create(terminal):
    try:
        import venv
        venv.create(ENVIRONMENT, with_pip=True, clear=True, symlinks=os.name != "nt")
        return True
    except (ImportError, subprocess.CalledProcessError):
        terminal.line("Python nevar izveidot vidi. Debian un Ubuntu: sudo apt install python{}.{}-venv; "
                      "tad palaidiet vēlreiz.".format(*sys.version_info[:2]))
    except ValueError:  # a path list could not hold it
        terminal.line("Mapes ceļā {} ir «{}», un tur Python vidi nevar izveidot. Pārdēvējiet mapi un palaidiet "
                      "vēlreiz.".format(ROOT, os.pathsep))
    except OSError as error:
        terminal.line("Mapi .venv nevar izveidot: {}. Atbrīvojiet vietu vai atļaujiet tur rakstīt un palaidiet "
                      "vēlreiz.".format(error))
    return False


def _install(terminal, requirements, *options):
    terminal.begin("Pakotnes: " + requirements)
    command = [executable(), "-m", "pip", "install", "--disable-pip-version-check", "--no-input",
               "--progress-bar", "off"] + list(options) + ["-r", os.path.join(ROOT, requirements)]
    process = subprocess.Popen(command, env=surroundings.environment(), stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, universal_newlines=True, encoding="utf-8", errors="replace")
    said = []
    for line in process.stdout:
        said.append(line.strip())
        if terminal.live and line.startswith(("Collecting", "Installing")):
            terminal.news("Pakotnes: " + line.strip())
    if process.wait() == 0:
        return True
    terminal.line(f"Pakotnes no {requirements} neizdevās uzstādīt. pip saka: {telling(said)}")
    return False


def telling(lines):
    """Of what pip said, the last line that names a cause.

    >>> telling(["Collecting numpy", "ERROR: Could not install packages: [Errno 28] No space left on device", ""])
    'ERROR: Could not install packages: [Errno 28] No space left on device'
    """
    for kind in TELLING:
        for line in reversed(lines):
            if kind.search(line):
                return line
    return "nekas"


def _stamp():
    return os.path.join(ENVIRONMENT, "installed.txt")


def _note(version, installed=""):
    with open(_stamp(), "w") as file:
        file.write(version + " " + installed)


def _all_wanted():
    """A mark of all requirements files: one may name another."""
    mark = hashlib.sha256()
    for path in sorted(glob.glob(os.path.join(glob.escape(ROOT), "requirements*.txt"))):
        with open(path, "rb") as file:
            mark.update(file.read())
    return mark.hexdigest()


def _wanted():
    with open(os.path.join(ROOT, "requirements.txt"), "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def _read(path):
    if not os.path.exists(path):
        return ""
    with open(path) as file:
        return file.read()
