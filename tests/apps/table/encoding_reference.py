#!/usr/bin/env python3
"""Writes encoding_reference.json: bytes, and what Python's codecs make of them.

Needs Python only. {"decoded": [[encoding, bytes in hex, text], ..], "utf8": [[bytes in hex, whether it is UTF-8], ..]}
"""

import json
import pathlib
import random

UNDEFINED = bytes([0x81, 0x8D, 0x8F, 0x90, 0x9D])  # in Python's cp1252


def texts(generator):
    """Texts of all planes, short ones."""
    ranges = [(0, 0x80), (0x80, 0x800), (0x800, 0xD800), (0xE000, 0x10000), (0x10000, 0x110000)]
    for _ in range(200):
        yield "".join(chr(generator.randrange(*generator.choice(ranges))) for _ in range(generator.randrange(1, 8)))


def ill_formed(generator):
    """Bytes, of which most are not UTF-8: single bytes of real text are replaced, and any bytes of the right kinds."""
    kinds = [0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF,
             0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF]
    for text in texts(generator):
        data = bytearray(text.encode())
        data[generator.randrange(len(data))] = generator.choice(kinds)
        yield bytes(data)
    for _ in range(2000):
        yield bytes(generator.choice(kinds) for _ in range(generator.randrange(1, 5)))


def is_utf8(data):
    try:
        data.decode()
        return True
    except UnicodeDecodeError:
        return False


def main():
    generator = random.Random(15)
    decoded = []
    every_byte = bytes(range(256))
    for name, codec, left_out in [("latin-1", "latin-1", b""), ("windows-1252", "cp1252", UNDEFINED)]:
        data = bytes(b for b in every_byte if b not in left_out)
        decoded.append([name, data.hex(), data.decode(codec)])
    for text in texts(generator):
        if text[0] == "\ufeff":
            continue
        decoded.append(["utf-8", text.encode("utf-8-sig").hex(), text])
        for codec, mark in [("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff")]:
            if not text.startswith("\0"):  # with the mark before it that would be UTF-32
                decoded.append(["utf-8", (mark + text.encode(codec)).hex(), text])
                decoded.append(["utf-16", (mark + text.encode(codec)).hex(), text])
    path = pathlib.Path(__file__).with_name("encoding_reference.json")
    utf8 = [[data.hex(), is_utf8(data)] for data in ill_formed(generator)]
    path.write_text(json.dumps({"decoded": decoded, "utf8": utf8}) + "\n")


if __name__ == "__main__":
    main()
