"""Labelled texts are read as written, bad rows are named by line."""

import csv
import gzip
import json
import pathlib
import tempfile
import unittest

import rows
from folder import Error

NAMES = ["NEGATIVE", "POSITIVE"]


class RowsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.said = []

    def read(self, name, content, names=NAMES, **options):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return rows.read(path, names, say=lambda line: self.said.append(line.removeprefix(str(path))), **options)

    def test_three_formats_and_gzip_hold_the_same_rows(self):
        wanted = [('He said "no", twice.', 0), ("caf\u00e9 \U0001f600", 1)]
        tsv = "label\ttext\n" + "".join(f"{label}\t{text}\n" for text, label in wanted)
        jsonl = "".join(json.dumps({"text": text, "label": label}) + "\n" for text, label in wanted)
        quoted = "text,label\r\n" + "".join('"' + t.replace('"', '""') + f'",{NAMES[label]}\r\n' for t, label in wanted)
        for name, content in (("a.tsv", "\ufeff" + tsv), ("a.jsonl", jsonl), ("a.csv", quoted),
                              ("a.tsv.gz", gzip.compress(tsv.encode()))):
            with self.subTest(name):
                found = self.read(name, content)
                self.assertEqual(list(zip(found.texts, found.labels)), wanted)
                self.assertEqual(found.bad, 0)

    def test_csv_reads_what_pythons_csv_module_wrote(self):
        texts = ["a,b", 'a "quoted" word', "two\nlines", "plain", "trailing "]
        with open(self.folder / "w.csv", "w", newline="") as stream:
            csv.writer(stream).writerows([("id", "label", "text"), *((i, "POSITIVE", t) for i, t in enumerate(texts))])
        self.assertEqual(self.read("w.csv", (self.folder / "w.csv").read_bytes()).texts, texts)

    def test_bad_rows_are_named_by_line_and_the_others_kept(self):
        found = self.read("bad.csv", 'text,label\nfine,1\n"open,1\nshort\n,0\nodd,7\n"x\ny",0\n"a"b,1\nlast,NEGATIVE\n')
        self.assertEqual((found.texts, found.labels, found.bad), (["fine", "x\ny", "last"], [1, 0, 0], 5))
        self.assertEqual([line.split(":")[1] for line in self.said], ["3", "4", "5", "6", "9"])

    def test_bad_tsv_rows(self):
        found = self.read("bad.tsv", b"text\tlabel\nok\t1\na\tb\t1\n\t1\nno label\t\n\xff\t0\n\nend\t0")
        self.assertEqual((found.texts, found.bad), (["ok", "end"], 4))
        self.assertEqual([line.split(":")[1] for line in self.said], ["3", "4", "5", "6"])

    def test_bad_json_rows(self):
        lines = ['{"text": "a", "label": 1}', "{", '{"text": 1, "label": 1}', '{"text": "b"}',
                 '{"text": "c", "label": true}', '{"text": "\\ud800", "label": 0}',
                 '{"text": "d", "label": "NEGATIVE", "x": 2}', "[]"]
        found = self.read("bad.jsonl", "\n".join(lines))
        self.assertEqual((found.texts, found.labels, found.bad), (["a", "d"], [1, 0], 6))
        self.assertEqual([line.split(":")[1] for line in self.said], ["2", "3", "4", "5", "6", "8"])

    def test_strict_stops_at_the_first_bad_row(self):
        with self.assertRaisesRegex(Error, r"s.tsv:3: expected a label of 0, 1, NEGATIVE, POSITIVE, found '2'"):
            self.read("s.tsv", "text\tlabel\na\t1\nb\t2\n", strict=True)

    def test_files_that_are_no_tables(self):
        cases = (("a.txt", "", "expected a name ending in .tsv"), ("a.tsv", "", "column named 'text'"),
                 ("b.tsv", "text\tlabel\n", "found none"), ("a.csv", "x,y\n1,2\n", "column named"),
                 ("a.jsonl.gz", b"no gzip", "cannot be read"))
        for name, content, message in cases:
            with self.subTest(name), self.assertRaisesRegex(Error, message):
                self.read(name, content)

    def test_columns_may_have_other_names_or_none(self):
        columns = rows.Columns("body", "stars")
        self.assertEqual(self.read("c.csv", "stars,body\n1,x\n", columns=columns).texts, ["x"])
        columns = rows.Columns(names=("label", "text"))
        self.assertEqual(self.read("d.tsv", "1\tx\n0\ty\n", columns=columns).texts, ["x", "y"])


if __name__ == "__main__":
    unittest.main()
