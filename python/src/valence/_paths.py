"""Paths as the extension module takes them."""

import os

from ._error import Error, ErrorCode


def path_bytes(argument: str, path: str | os.PathLike[str]) -> bytes:
    """The path in the file system's encoding."""
    encoded = os.fsencode(path)
    if b"\0" in encoded:
        raise Error(ErrorCode.INVALID_ARGUMENT, f"{argument}: expected a path, found one with a zero byte: {path!r}")
    return encoded
