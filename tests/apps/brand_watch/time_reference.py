#!/usr/bin/env python3
"""Writes time_reference.json, what time_stamp_test.cpp compares with: times as Python's datetime reads them.

Needs Python 3.11 or later; time_reference.json was made with Python 3.11.
"""

import datetime
import json
import pathlib

TIMES = [
    "1970-01-01T00:00:00Z", "2026-11-23T21:48:18Z", "2026-11-23t21:48:18z", "2026-11-23 21:48:18", "2026-11-23T21:48",
    "2026-11-23T21:48:18+01:00", "2026-11-23T21:48:18-0930", "2026-11-23T21:48:18+05", "2026-11-23T21:48+05:45",
    "2024-02-29T23:59:59.999999Z", "2000-02-29T12:00:00,5Z", "2026-01-01T00:00:00+14:00", "2025-12-31T23:59:59-12:00",
    "1999-12-31T23:59:59.5", "2100-03-01T00:00:00Z",
]

NO_TIMES = [
    "", "yesterday", "2026-11-23", "2026-11-23T", "2026-11-23T21", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z",
    "2100-02-29T00:00:00Z", "2026-11-31T00:00:00Z", "2026-00-10T00:00:00Z", "2026-11-23T24:01:00Z",
    "2026-11-23T21:60:00Z", "2026-11-23T21:48:61Z", "2026-11-23T21:48:18+24:00", "2026-11-23T21:48:18+01:60",
    "2026-11-23T21:48:18+1", "2026-11-23T21:48:18 UTC", "2026-11-23T21:48:18Zx", "+2026-11-23T21:48:18Z",
    "2026-11-23T21:48:-1Z", "2026/11/23 21:48:18", "Mon Nov 23 21:48:18 +0000 2026",
]


def seconds(text):
    time = datetime.datetime.fromisoformat(text.upper())
    if time.tzinfo is None:
        time = time.replace(tzinfo=datetime.timezone.utc)
    return (time - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)) // datetime.timedelta(seconds=1)


def is_read(text):
    """Whether Python takes it for a time."""
    try:
        seconds(text)
        return True
    except ValueError:
        return False


def main():
    # What Python reads and we do not: a date or an hour without minutes, and sixty minutes of offset.
    known = {"2026-11-23", "2026-11-23T21", "2026-11-23T21:48:18+01:60"}
    read = [text for text in NO_TIMES if is_read(text) and text not in known]
    assert not read, read
    reference = {"times": [{"text": text, "seconds": seconds(text)} for text in TIMES], "no_times": NO_TIMES}
    path = pathlib.Path(__file__).parent / "time_reference.json"
    path.write_text(json.dumps(reference, indent=1) + "\n")


if __name__ == "__main__":
    main()
