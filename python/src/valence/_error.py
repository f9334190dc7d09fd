"""The one exception type of the package."""

import enum


class ErrorCode(enum.IntEnum):
    """What kind of thing went wrong: valence/error.h says what each means, valence/c.h has the numbers."""

    INVALID_ARGUMENT = 1
    FILE_NOT_FOUND = 2
    FILE_UNREADABLE = 3
    UNSUPPORTED_MODEL = 4
    INVALID_CONFIG = 5
    INVALID_TOKENIZER = 6
    MISSING_TENSOR = 7
    TENSOR_SHAPE_MISMATCH = 8
    UNSUPPORTED_DTYPE = 9
    UNSUPPORTED_CPU = 10
    RUNTIME = 11
    FORKED = 12
    HEADER_TOO_SMALL = 13
    HEADER_TOO_LARGE = 14
    INVALID_HEADER_LENGTH = 15
    INVALID_HEADER = 16
    INVALID_HEADER_DESERIALIZATION = 17
    DUPLICATE_TENSOR = 18
    INVALID_OFFSET = 19
    VALIDATION_OVERFLOW = 20
    MISALIGNED_SLICE = 21
    TENSOR_INVALID_INFO = 22
    METADATA_INCOMPLETE_BUFFER = 23
    CANCELLED = 25


class Error(Exception):
    """Every failure here raises this, except wrong types (TypeError) and out of memory (MemoryError).

    The message names the file, tensor, row or argument, what was expected and what was found.
    """

    def __init__(self, code: int, message: str) -> None:
        super().__init__(code, message)
        self.code = ErrorCode(code)

    def __str__(self) -> str:
        return str(self.args[1])
