#!/usr/bin/env python3
"""Writes interval_reference.json, what share_test.cpp compares with: Wilson intervals by SciPy.

Needs Python 3 and SciPy; interval_reference.json was made with Python 3.11 and SciPy 1.17.
"""

import json
import pathlib

from scipy.stats import binomtest

COUNTS = [(0, 1), (1, 1), (0, 5), (3, 4), (9, 10), (5, 10), (10, 10), (94, 120), (431, 872), (1, 1000), (99999, 100000)]


def main():
    intervals = []
    for positive, count in COUNTS:
        low, high = binomtest(positive, count).proportion_ci(confidence_level=0.95, method="wilson")
        intervals.append({"positive": positive, "count": count, "low": float(low), "high": float(high)})
    path = pathlib.Path(__file__).parent / "interval_reference.json"
    path.write_text(json.dumps({"intervals": intervals}, indent=1) + "\n")


if __name__ == "__main__":
    main()
