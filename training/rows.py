"""Reads labelled texts from TSV, CSV and JSON lines files, plain or gzipped. Bad rows are reported by line and left out."""

import csv
import dataclasses
import gzip
import itertools
import json
import pathlib
import sys

from folder import Error

SHOWN = 10  # bad rows named one by one; the others are counted
LONGEST_FIELD = 1 << 30  # of CSV, in characters


@dataclasses.dataclass(frozen=True)
class Columns:
    """Where a row has its text and its label. names: of all columns, for TSV and CSV files without a header line."""

    text: str = "text"
    label: str = "label"
    names: tuple = ()


@dataclasses.dataclass
class Rows:
    texts: list
    labels: list  # indices where names were given, else as they stand
    bad: int = 0


class BadRow(Exception):
    """What is wrong with one row: what was expected and what was found."""


def pick(header, columns, path):
    """A function from a row's cells to its text and label."""
    for name in (columns.text, columns.label):
        if header.count(name) != 1:
            raise Error(f"{path}:1: expected one column named {name!r}, found {', '.join(map(repr, header))}")
    text, label = header.index(columns.text), header.index(columns.label)

    def cells_to_row(cells):
        if len(cells) != len(header):
            return BadRow(f"expected {len(header)} columns, found {len(cells)}")
        return cells[text], cells[label]

    return cells_to_row


def read_tsv(lines, columns, path):
    """A row a line, nothing quoted: a text holds neither a tab nor a line feed."""
    cells = [line.rstrip("\r\n").split("\t") for line in lines]
    first = 0 if columns.names else 1
    row = pick(list(columns.names) or (cells[0] if cells else []), columns, path)
    return [(number, row(c)) for number, c in enumerate(cells[first:], first + 1) if c != [""]]


def read_csv(lines, columns, path):
    """RFC 4180: a quoted cell may contain commas, doubled quotes and line feeds. After a broken record reading continues
    on the line after its first one, so a quote that is never closed does not hide the following rows."""
    csv.field_size_limit(LONGEST_FIELD)
    header, place, result = list(columns.names), 0, []
    row = pick(header, columns, path) if header else None
    while place < len(lines):
        start, reader = place, csv.reader(itertools.islice(lines, place, None), strict=True)
        try:
            for cells in reader:
                number, place = place + 1, start + reader.line_num
                if row is None:
                    row = pick(cells, columns, path)
                elif cells:
                    result.append((number, row(cells)))
        except csv.Error as error:
            result.append((place + 1, BadRow(f"broken CSV: {error}")))
            place += 1
    if row is None:
        pick([], columns, path)
    return result


def read_jsonl(lines, columns, path):
    """An object a line; the label is a string or an integer."""
    result = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            result.append((number, read_object(line, columns)))
    return result


def read_object(line, columns):
    try:
        value = json.loads(line)
    except ValueError as error:
        return BadRow(f"not JSON: {error}")
    for name, kinds, what in ((columns.text, (str,), "a string"),
                              (columns.label, (str, int), "a string or an integer")):
        if not isinstance(value, dict) or type(value.get(name)) not in kinds:
            return BadRow(f"expected an object with {name!r}, {what}")
    return value[columns.text], str(value[columns.label])


READERS = {".tsv": read_tsv, ".csv": read_csv, ".jsonl": read_jsonl, ".ndjson": read_jsonl}


def read_lines(path):
    """The lines with their ends. Bytes that are not UTF-8 become lone surrogates, which problem() finds."""
    try:
        content = gzip.open(path).read() if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError) as error:
        raise Error(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
    text = content.removeprefix(b"\xef\xbb\xbf").decode("utf-8", errors="surrogateescape")
    lines = text.split("\n")
    return [line + "\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def problem(row, index):
    """What is wrong with a row, or None."""
    if isinstance(row, BadRow):
        return str(row)
    text, label = row
    if any("\ud800" <= c <= "\udfff" for c in text + label):
        return "expected UTF-8"
    if not text.strip():
        return "the text is empty"
    if not label.strip():
        return "the label is empty"
    if index is not None and label.strip() not in index:
        return f"expected a label of {', '.join(index)}, found {label.strip()!r}"
    return None


def read(path, names=None, columns=Columns(), strict=False, say=lambda line: print(line, file=sys.stderr)):
    """The rows of a file. names: the labels by index; a row holds a name or an index. Bad rows are reported to `say`;
    with strict, or if no row is good, raises Error."""
    path = pathlib.Path(path)
    kinds = [s for s in path.suffixes if s != ".gz"]
    if not kinds or kinds[-1] not in READERS:
        raise Error(f"{path}: expected a name ending in {', '.join(READERS)}, each also with .gz")
    index = names and {**{str(i): i for i in range(len(names))}, **{n: i for i, n in enumerate(names)}}
    rows = Rows([], [])
    for number, row in READERS[kinds[-1]](read_lines(path), columns, path):
        wrong = problem(row, index)
        if wrong and strict:
            raise Error(f"{path}:{number}: {wrong}")
        if wrong:
            rows.bad += 1
            if rows.bad <= SHOWN:
                say(f"{path}:{number}: left out: {wrong}")
            continue
        rows.texts.append(row[0])
        rows.labels.append(index[row[1].strip()] if names else row[1].strip())
    if rows.bad > SHOWN:
        say(f"{path}: {rows.bad} rows left out in all")
    if not rows.texts:
        raise Error(f"{path}: expected rows with a text and a label, found none")
    return rows
