#!/usr/bin/env python3
"""The one command: makes the environment, runs the notebooks, the tests or JupyterLab.

    python3 code/run.py                                the three notebooks in order, into outputs/
    python3 code/run.py NOTEBOOK [-p NAME VALUE ...]   one notebook, with other settings
    python3 code/run.py lab                            JupyterLab on the whole repository
    python3 code/run.py test [--browser]               the tests; with --browser those in a real browser
    python3 code/run.py bench | transfer | signer      studies: speed, what a base is worth, the virtual signer
    python3 code/run.py picture                        the README's moving picture
    python3 code/run.py clips | test_set | noise | view_error   what the virtual signer's pictures serve, made again

Standard library only, on any Python from 3.6: where that is not one of those wanted, another is looked for.
"""

import argparse
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from start import packages, python, surroundings

ROOT = packages.ROOT
CODE = os.path.join(ROOT, "code")
NOTEBOOKS = ("extract_landmarks", "preprocess_landmarks", "train_42")
PROGRAMS = {"bench": "studies.bench", "transfer": "studies.transfer", "signer": "studies.measure",
            "noise": "studies.fit_noise", "view_error": "studies.fit_view_error", "picture": "studies.picture",
            "clips": "drawing.clips", "test_set": "drawing.film_test_set"}
DRAWING = ("clips", "test_set", "noise", "view_error")  # these need requirements-signer.txt


def main():
    surroundings.utf8_output()
    options, rest = understood(sys.argv[1:])
    if not packages.ready():
        if not python.suits():
            return elsewhere()
        if not packages.prepare():
            return 1
    surroundings.furnish(packages.ENVIRONMENT)
    if options.what == "test":
        return test(rest)
    if options.what == "lab":
        return lab(rest)
    settings = [word for pair in options.settings for word in ["-p"] + pair]
    if options.what in PROGRAMS:
        # Without dependencies: of the body model only data are used.
        if options.what in DRAWING and not packages.add("requirements-signer.txt", "--no-deps"):
            return 1
        return run(["-m", PROGRAMS[options.what]] + settings)
    return notebooks(NOTEBOOKS if options.what == "all" else (options.what,), settings)


def understood(words):
    """The command line as options and, for tests and JupyterLab, the words that are theirs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", default="all",
                        choices=("all",) + NOTEBOOKS + ("test", "lab") + tuple(sorted(PROGRAMS)))
    parser.add_argument("-p", nargs=2, action="append", default=[], metavar=("NAME", "VALUE"), dest="settings",
                        help="a setting of the notebook's configuration cell")
    options, rest = parser.parse_known_args(words)
    if rest and options.what not in ("test", "lab"):
        parser.error("nezināms: " + " ".join(rest))
    if options.what == "all" and options.settings:
        parser.error("-p vajag burtnīcas nosaukumu, piemēram: train_42 -p SEED 1")
    return options, rest


def elsewhere():
    """Starts this again with a Python that suits; returns its exit status."""
    command, version = python.another_python()
    if command is None:
        print(python.none_found())
        return 2
    print("Python {} neder (vajag {}): turpina ar Python {} ({}).".format(
        python.described(), python.NAMED, version, " ".join(command)), flush=True)
    return finished(subprocess.Popen(command + [os.path.abspath(__file__)] + sys.argv[1:],
                                     env=surroundings.environment()))


def lab(words):
    """JupyterLab on the whole repository, the first notebook in front, at the address that it prints too."""
    notebook = os.path.join(CODE, NOTEBOOKS[0] + ".ipynb")
    address = "/lab/tree/" + os.path.relpath(notebook, ROOT).replace(os.sep, "/")
    root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []  # in a container one is root
    return run(["-m", "jupyterlab", "--ServerApp.root_dir=" + ROOT, "--LabApp.default_url=" + address] + root + words
               + [notebook], cwd=ROOT)


def test(words):
    """pytest; with --browser only the tests in a real browser, for which one more package is installed."""
    if "--browser" not in words:
        return run(["-m", "pytest"] + words, cwd=ROOT)
    if not packages.add("requirements-browser.txt"):
        return 1
    words = [word for word in words if word != "--browser"]
    return run(["-m", "pytest", "-n", "0", os.path.join("tests", "browser")] + words, cwd=ROOT)


def notebooks(names, settings):
    """Executes the notebooks in order; stops at the first that fails. Returns the exit status."""
    for name in names:
        status = run(["-m", "execute", name] + settings)
        if status:
            return status
    print("Rezultāti: {} (burtnīcas ar attēliem), {} (eksperimenti)".format(
        os.path.join(ROOT, "outputs"), os.path.join(ROOT, "models", "lzv")))
    return 0


def run(words, cwd=CODE):
    """Runs the environment's Python in surroundings of our own; returns its exit status."""
    return finished(subprocess.Popen([packages.executable()] + words, cwd=cwd, env=surroundings.environment()))


def finished(process):
    """Waits for a program, through a Ctrl-C too: it has been told as well, and ends as it sees fit."""
    interrupts = 0
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            interrupts += 1
            if interrupts > 2:
                process.kill()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("Pārtraukts; pabeigtie faili ir saglabāti.")
