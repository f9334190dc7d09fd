"""The console command `valence`: the C++ program of that name, which the package contains."""

import os
import pathlib
import sys

_PACKAGE = pathlib.Path(__file__).parent


def main() -> None:
    """Replaces this process by the program, with the package's own model unless VALENCE_MODEL names another."""
    program = _PACKAGE / "bin" / "valence"
    if not os.environ.get("VALENCE_MODEL"):
        os.environ["VALENCE_MODEL"] = str(_PACKAGE / "models" / "default")
    try:
        os.execv(program, ["valence", *sys.argv[1:]])
    except OSError as error:
        sys.exit(f"valence: error: {program}: {error.strerror}; install the package valence again")
