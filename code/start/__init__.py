"""What stands before the notebooks, in the order of a start: Python, terminal, surroundings, packages.

`python`        which Python can run the repository, and whether its packages exist for this system
`terminal`      lines that renew themselves, and a sign of life at least every ten seconds
`surroundings`  what the programs see of the machine's settings: ours, nobody else's
`packages`      makes .venv, installs what requirements.txt pins, and says why when that fails

The standard library alone, and Python 3.6: a sentence must reach whoever starts with it.
"""
