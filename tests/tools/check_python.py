"""Says in one line what is missing before a virtual environment is built; runs on any Python 3."""

import sys

try:
    import ensurepip  # noqa: F401
    import venv  # noqa: F401
except ImportError:
    sys.exit("This Python cannot build virtual environments. On Debian and Ubuntu: sudo apt-get install python3-venv")

if sys.version_info < (3, 11):  # noqa: UP036  that is the question
    # No f-string: it would be a syntax error in the oldest.
    text = "Python 3.11 or newer is needed, this is {}.{}. Name another one: make PYTHON=python3.12 …"
    sys.exit(text.format(*sys.version_info))
