#!/usr/bin/env python3
"""The one command: makes the environment, runs the notebooks, the tests or JupyterLab.

On any Python from 3.6: where that is not one of those wanted, another is looked for.
"""

import difflib
import os
import signal
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from start import packages, python, surroundings

ROOT = packages.ROOT
CODE = os.path.join(ROOT, "code")
NOTEBOOKS = ("extract_landmarks", "preprocess_landmarks", "train_42", "recognise")
USES = {"recognise": "app.command", "camera": "app.camera", "page": "app.page"}
PROGRAMS = {"bench": "studies.bench", "pace": "studies.pace", "reading": "studies.reading",
            "transfer": "studies.transfer", "signer": "studies.measure", "people": "studies.people",
            "more_people": "studies.more_people", "ways": "studies.ways", "noise": "studies.fit_noise",
            "view_error": "studies.fit_view_error", "picture": "studies.picture", "clips": "drawing.clips",
            "test_set": "drawing.film_test_set", "rendered_practice": "drawing.film_practice",
            "kaggle": "corpora.kaggle", "to_pose": "corpora.to_pose"}
EXTRAS = {"kaggle": "requirements-kaggle.txt", "to_pose": "requirements-pose.txt"}
DRAWING = ("clips", "test_set", "rendered_practice", "noise", "view_error")  # these need requirements-signer.txt


HELP = """Viena komanda visam: sagatavo vidi un palaiž burtnīcas, lasītāju, testus vai JupyterLab.

    python3 code/run.py                                 visas četras burtnīcas pēc kārtas; attēli mapē outputs
    python3 code/run.py BURTNĪCA [-p NOSAUKUMS VĒRTĪBA ...]   viena burtnīca ar citiem iestatījumiem
                        (extract_landmarks, preprocess_landmarks, train_42, recognise)
    python3 code/run.py recognise VIDEO... [--json KUR] [--srt KUR] [--overlay KUR]   video par tekstu
                        [--model X] [--tracker hands] [--words FAILS]
    python3 code/run.py camera [NUMURS vai VIDEO]       lasa, ko rāda kamerai
    python3 code/run.py page [--port N] [--no-browser]  tas pats un jūsu video pārlūkā
    python3 code/run.py lab                             JupyterLab visā repozitorijā
    python3 code/run.py test [--browser]                testi; ar --browser tie, kam vajag īstu pārlūku
    python3 code/run.py kaggle -p KAGGLE_FOLDER MAPE    Kaggle ASL Fingerspelling par ierakstu failiem
    python3 code/run.py to_pose -p POSE_FOLDER MAPE     punktu masīvi par .pose failiem
    python3 code/run.py picture                         README kustīgais attēls
    python3 code/run.py clips | test_set | rendered_practice         virtuālais rādītājs kā video
    python3 code/run.py bench | pace | reading | transfer | signer   mērījumi: cik ātra un laba ir katra daļa
    python3 code/run.py people | more_people | ways                  mērījumi ar cilvēku ierakstiem
    python3 code/run.py noise | view_error                           ko MediaPipe kļūdās, izmērīts no jauna
"""


def main():
    surroundings.utf8_output()
    what, settings, rest = understood(sys.argv[1:])
    if not packages.ready():
        if python.missing_system():
            print(python.missing_system())
            return 1
        if not python.suits():
            return elsewhere()
        if not packages.prepare():
            return 1
    surroundings.furnish(packages.ENVIRONMENT)
    if what == "test":
        return test(rest)
    if what == "lab":
        return lab(rest)
    if settings is None:
        return use(what, rest)
    if what in PROGRAMS:
        # Without dependencies: of the body model only data are used.
        if what in DRAWING and not packages.add("requirements-signer.txt", "--no-deps"):
            return 1
        if what in EXTRAS and not packages.add(EXTRAS[what]):
            return 1
        return run(["-m", PROGRAMS[what]] + settings)
    return notebooks(NOTEBOOKS if what == "all" else (what,), settings)


def understood(words):
    """What is to be done, its settings as words (-p NAME VALUE ...; None for recognising), and the words of pytest,
    JupyterLab or recognising.

    Ends with a sentence where the command line is not understood.
    """
    if {"-h", "--help"} & set(words) and not {"test", "lab", *USES} & set(words[:1]):  # those have help of their own
        print(HELP)
        sys.exit(0)
    named = bool(words) and not words[0].startswith("-")
    what, rest = (words[0], words[1:]) if named else ("all", list(words))
    what = what.lower() if what.lower() in USES else what
    known = {one.lower(): one for one in
             ("all",) + NOTEBOOKS + tuple(USES) + ("test", "lab") + tuple(sorted(PROGRAMS))}
    if what in USES and (rest[:1] != ["-p"] or what not in NOTEBOOKS):
        return what, None, rest
    what = os.path.basename(what).lower().replace(".ipynb", "") if what not in known else what
    if what not in known:
        near = difflib.get_close_matches(what, list(known), 1, 0.5)
        misunderstood("«{}» nav zināms. {}".format(words[0], "Vai domāts {}?".format(near[0]) if near else
                                                   "Var: " + ", ".join(known)))
    if what in ("test", "lab"):
        if what == "lab" and "-p" in rest:
            misunderstood("JupyterLab iestatījumus maina burtnīcā; -p der, piemēram, tā: train_42 -p SEED 1")
        return what, [], rest
    names = []
    for place in range(0, len(rest), 3):
        part = rest[place:place + 3]
        if len(part) < 3 or part[0] != "-p":
            misunderstood("«{}» nevar saprast. Iestatījumus raksta tā: -p SEED 1".format(" ".join(part)))
        if part[1] in names:
            misunderstood("{} ir ierakstīts divreiz. Atstājiet vienu".format(part[1]))
        names.append(part[1])
    if what == "all" and names:
        misunderstood("-p vajag burtnīcas nosaukumu, piemēram: train_42 -p SEED 1")
    return known[what], rest, []


def misunderstood(sentence):
    """Ends with a sentence about the command line."""
    print("run.py: " + sentence + "." * (sentence[-1] not in ".?"))
    sys.exit(2)


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


def use(what, words):
    """Recognising: the words are files and options, and files lie where the user is."""
    extra = "requirements-page.txt" if what == "page" else (
        "requirements-video.txt" if any(word.startswith("--overlay") for word in words) else None)
    if extra and not packages.add(extra):
        return 1
    if any(word.lower().endswith(".pose") for word in words) and not packages.add("requirements-pose.txt"):
        return 1
    return finished(subprocess.Popen([packages.executable(), "-m", USES[what]] + words,
                                     env=dict(surroundings.environment(), PYTHONPATH=CODE)))


def test(words):
    """pytest; with --browser only the tests in a real browser, for which one more package is installed."""
    for extra in ("page", "kaggle", "pose", "cluster"):
        packages.add("requirements-" + extra + ".txt")  # where that fails, what needs it is skipped
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
    print("Burtnīcas ar attēliem: " + os.path.join(ROOT, "outputs"))
    return 0


def run(words, cwd=CODE):
    """Runs the environment's Python in surroundings of our own; returns its exit status."""
    return finished(subprocess.Popen([packages.executable()] + words, cwd=cwd, env=surroundings.environment()))


def finished(process):
    """Waits for a program, through a Ctrl-C too: it has been told as well, and ends as it sees fit. Who ends this one
    otherwise ends that one."""
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: process.terminate())
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
        sys.exit("Pārtraukts; pabeigtie faili ir veseli.")
    except BrokenPipeError:  # whoever read the output has left
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(1)
