"""What stands before the notebooks. The standard library alone and Python 3.6: a sentence must reach whoever starts.

In reading order:

`python`        which Python suits, and whether the packages exist for this system
`terminal`      lines that renew themselves
`surroundings`  our settings, nobody else's
`packages`      makes and fills .venv
"""
