"""Which Python can run the repository, and whether the pinned packages exist for this system.

Python 3.6 and the standard library only. The facts are those of the files that tensorflow 2.19.0 and mediapipe 0.10.21
have on PyPI: Linux x86-64 with glibc 2.28 or later, macOS 12 or later on Apple Silicon, Windows on x86-64.
"""

import os
import platform
import shutil
import struct
import subprocess
import sys

SUPPORTED = ((3, 12), (3, 11), (3, 10))  # the order in which others are looked for
NAMED = "3.10, 3.11 vai 3.12"
LEAST_GLIBC = (2, 28)
LEAST_MACOS = (12,)
PATIENCE = 300  # seconds for a Python to answer: uv may have to fetch it first
PROBE = ("import platform, struct, sys, venv, ensurepip; print(platform.python_implementation(), "
         "8 * struct.calcsize('P'), *sys.version_info[:3])")


def suits():
    """Whether the Python that runs this can run the repository: CPython 3.10 to 3.12 of 64 bits."""
    return _suits(platform.python_implementation(), 8 * struct.calcsize("P"), tuple(sys.version_info[:2]))


def described():
    """The Python that runs this, in words."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    bits = 8 * struct.calcsize("P")
    return version + (f" ({bits} bitu)" if bits != 64 else "")


def another_python():
    """A command (list of words) that starts a suitable Python, and its version; (None, "") where there is none."""
    for command in _candidates():
        version = _probe(command)
        if version:
            return command, version
    return None, ""


def none_found():
    """The sentence for a machine without a suitable Python."""
    how = {"Windows": "No python.org uzstādiet Python 3.12 (64-bit)", "Darwin": "No python.org uzstādiet Python 3.12"}
    other = "Uzstādiet to (piemēram, «sudo apt install python3.11 python3.11-venv» vai «uv python install 3.12»)"
    return ("Vajag Python {} (64 bitu), bet šis ir {}, un cits nav atrasts. {} un palaidiet to pašu komandu vēlreiz."
            .format(NAMED, described(), how.get(platform.system(), other)))


def missing_system():
    """A sentence when a pinned package does not exist for this system, else ""."""
    system, machine = platform.system(), platform.machine().lower()
    intel = machine in ("x86_64", "amd64")
    versions = suits()  # an old Python does not read the system's versions rightly
    if system == "Linux" and intel and not versions:
        return ""
    if system == "Linux" and intel:
        name, version = platform.libc_ver()
        if name == "glibc" and _numbers(version) < LEAST_GLIBC:
            return _missing("Linux ar glibc " + version, "mediapipe", "Vajag glibc 2.28 vai jaunāku (Debian 10, "
                            "Ubuntu 20.04, RHEL 8 vai jaunāku sistēmu)")
        if name != "glibc":
            return _missing("Linux bez glibc (piemēram, Alpine)", "tensorflow un mediapipe", "Vajag, piemēram, Debian "
                            "vai Ubuntu")
        return ""
    if system == "Linux":
        return _missing("Linux uz " + machine, "mediapipe", "Vajag datoru ar x86-64 procesoru")
    if system == "Darwin" and intel:
        return _missing("macOS uz Intel procesora", "tensorflow", "Vajag Apple Silicon (M1 vai jaunāku); ja tāds ir, "
                        "uzstādiet Python, kas nedarbojas caur Rosetta, vai Linux ar x86-64")
    if system == "Darwin":
        if versions and _numbers(platform.mac_ver()[0]) < LEAST_MACOS:
            return _missing("macOS " + platform.mac_ver()[0], "tensorflow", "Vajag macOS 12 vai jaunāku")
        return ""
    if system == "Windows" and not intel:
        return _missing("Windows uz " + machine + " (ARM vai 32 bitu)", "tensorflow un mediapipe",
                        "Vajag 64 bitu Windows uz x86-64 procesora")
    if system == "Windows":
        return ""
    return _missing(system, "tensorflow un mediapipe", "Vajag Linux, Windows vai macOS")


def _missing(system, packages, remedy):
    return f"Šai sistēmai ({system}) nav pakotņu, bez kurām nevar: {packages}. {remedy}."


def _suits(implementation, bits, version):
    return implementation == "CPython" and bits == 64 and version in SUPPORTED


def _candidates():
    """Commands that may start another Python, those of the newest supported version first."""
    for version in SUPPORTED:
        name = "python{}.{}".format(*version)
        if shutil.which(name):
            yield [name]
        if os.name == "nt" and shutil.which("py"):
            yield ["py", "-{}.{}".format(*version)]
    for name in ("python3", "python"):
        if shutil.which(name):
            yield [name]
    if shutil.which("uv"):
        for version in SUPPORTED:
            yield ["uv", "run", "--quiet", "--no-project", "--python", "{}.{}".format(*version), "python"]


def _probe(command):
    """The version of the Python that a command starts, "" where it does not suit."""
    if command[0] == "uv":
        print("Meklē {} ar uv (ja vajag, uv to lejupielādē) …".format(" ".join(command[4:6])), flush=True)
    plain = {name: value for name, value in os.environ.items() if name not in ("PYTHONHOME", "PYTHONPATH")}
    try:
        output = subprocess.check_output([*command, "-c", PROBE], stderr=subprocess.DEVNULL, universal_newlines=True,
                                         env=plain, timeout=PATIENCE)
        implementation, bits, *version = output.split()
        suits_us = _suits(implementation, int(bits), _numbers(".".join(version))[:2])
    except (OSError, ValueError, subprocess.SubprocessError):
        return ""
    return ".".join(version) if suits_us else ""


def _numbers(version):
    return tuple(int(part) for part in version.split(".") if part.isdigit())
