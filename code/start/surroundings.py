"""What our programs see of the machine's settings: ours, nobody else's. Python 3.6 and the standard library only.

Sources: Python's "Command line and environment" and "site", Jupyter's "Common Directories and File Locations", pip's
"Configuration". The same holds for a plain `jupyter lab` of .venv by what `furnish` writes into it.
"""

import glob
import io
import json
import os
import sys

#: Another project's modules, start-up files, kernels, figures' backend or Keras would be taken for ours.
FOREIGN = ("PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "PYTHONOPTIMIZE", "PYTHONSAFEPATH", "JUPYTER_PATH",
           "JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_CONFIG_PATH", "JUPYTERLAB_DIR",
           "JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR", "IPYTHONDIR", "MPLBACKEND", "MATPLOTLIBRC",
           "MPLCONFIGDIR", "KERAS_HOME", "KERAS_MAX_EPOCHS", "KERAS_MAX_STEPS_PER_EPOCH", "KERAS_NNX_ENABLED",
           "TF_USE_LEGACY_KERAS", "PIP_TARGET", "PIP_PREFIX", "PIP_USER", "PIP_REQUIRE_VIRTUALENV", "PIP_NO_DEPS",
           "PIP_ROOT", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__")
QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "GLOG_minloglevel": "3", "PYTHONWARNINGS": "ignore",
         "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
OURS = {"PYTHONUTF8": "1", "KERAS_BACKEND": "tensorflow", "JUPYTER_PREFER_ENV_PATH": "1", "PYTHONNOUSERSITE": "1"}
#: Folders in the environment that stand for the user's own, in which other work may have left start-up files.
OURS_IN = {"IPYTHONDIR": os.path.join("share", "ipython"), "MPLCONFIGDIR": os.path.join("share", "matplotlib")}
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}  # NumPy's products here are small: a second thread only waits for them
#: JupyterLab asks on the first start whether it may fetch news; a user of ours has other questions.
NO_NEWS = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}}


def environment(foreign=None):
    """The variables that a program of ours is started with; `foreign` are the machine's (os.environ where None)."""
    foreign = os.environ if foreign is None else foreign
    kept = {name: value for name, value in foreign.items() if name.upper() not in FOREIGN}
    return dict(ONE_THREAD, **dict(kept, **dict(QUIET, **OURS)))


def furnish(folder):
    """Writes into an environment's folder what makes every Python of it ours, a plain `jupyter lab` of it among them.

    A file of Python's `site` that empties the foreign variables when an interpreter of this environment starts, so that
    a kernel started by it never sees them; and JupyterLab's settings without its question.
    """
    parts = ("Lib", "site-packages") if os.name == "nt" else ("lib", "python3*", "site-packages")
    for packages in glob.glob(os.path.join(glob.escape(folder), *parts)):
        _write(os.path.join(packages, "ours.pth"), "import os; [os.environ.pop(name, None) for name in {!r}]; "
               "os.environ.update({!r}); import sys; os.environ.update((name, os.path.join(sys.prefix, part)) "
               "for name, part in {!r}.items())\n".format(FOREIGN, dict(QUIET, **OURS), OURS_IN))
    _write(os.path.join(folder, "share", "jupyter", "lab", "settings", "overrides.json"), json.dumps(NO_NEWS, indent=1))


def unreadable_folder(path):
    """A sentence when MediaPipe could not find its own files below `path`, else "".

    On Windows its C++ opens files by the system's code page, in which a path with other letters than English ones is
    another path (MediaPipe's issues tell of FileNotFoundError below such a user's folder).
    """
    if os.name != "nt" or _plain(path) or _utf8_code_page():
        return ""
    return (f"Mapē «{path}» ir burti ārpus angļu alfabēta, un MediaPipe sistēmā Windows tur neatrod savus failus. "
            "Pārvietojiet visu repozitoriju, piemēram, uz C:\\lzv un palaidiet vēlreiz.")


def _plain(path):
    return all(ord(letter) < 128 for letter in str(path))


def _utf8_code_page():
    import ctypes
    return ctypes.windll.kernel32.GetACP() == 65001


def _write(path, text):
    """Writes a text where it does not stand yet."""
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            if file.read() == text:
                return
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def utf8_output():
    """Latvian letters on a console that may lack them: replaced, never an error."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
        elif (getattr(stream, "encoding", "") or "utf-8").lower() != "utf-8":  # Python 3.6
            plain = io.TextIOWrapper(stream.buffer, "utf-8", "replace", line_buffering=True)
            setattr(sys, stream.name.strip("<>"), plain)
