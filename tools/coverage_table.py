"""Prints which lines and branches of src/ and apps/ were run, from the counters that a build with --coverage left.

coverage_table.py ROOT BUILD LEAST_LINES LEAST_BRANCHES   the table; fails if src/ has less, in per cent
coverage_table.py ROOT BUILD --lines FILE ..              the lines of these files that were not run or have branches not taken

A function that is compiled several times, as a template for several types or for several instruction sets, is counted once: a
line is run and a branch taken if it is in any of them. Branches that only an exception takes do not count (gcov marks them;
nearly every call has one), nor do those of lines without code, such as the end of a block that destroys objects.
"""

import collections
import json
import os
import pathlib
import re
import subprocess
import sys

FOLDERS = ("src", "apps")


class Line:
    def __init__(self):
        self.is_run = False
        self.branches = collections.Counter()  # how often the nth branch of an instance was taken

    def add(self, line, instances):
        """gcov has the branches of all instances of a lambda in one list, those of other functions in a list each. Of a function
        that is inlined everywhere it does not know the instances (0): a line is taken to have one condition."""
        self.is_run |= line["count"] > 0
        branches = line["branches"]
        each = len(branches)
        if "function_name" not in line and each > 2:
            each = 2 if instances == 0 else each if each % instances else each // instances
        for number, branch in enumerate(branches):
            if not branch["throw"]:
                self.branches[number % each] += branch["count"]

    def taken(self):
        return sum(count > 0 for count in self.branches.values())


def read(root, build):
    """The lines by file name and number."""
    files = collections.defaultdict(lambda: collections.defaultdict(Line))
    for counters in sorted(build.rglob("*.gcda")):
        command = ["gcov", "--json-format", "--stdout", "--branch-probabilities", counters]
        for report in subprocess.run(command, cwd=counters.parent, check=True, capture_output=True).stdout.splitlines():
            report = json.loads(report)
            for file in report["files"]:
                path = pathlib.Path(os.path.normpath(os.path.join(report["current_working_directory"], file["file"])))
                if path.is_relative_to(root) and path.relative_to(root).parts[0] in FOLDERS:
                    lines = files[str(path.relative_to(root))]
                    spans = collections.Counter((f["start_line"], f["end_line"], f["start_column"]) for f in file["functions"])
                    for line in file["lines"]:
                        number = line["line_number"]
                        around = [(end - start, -column, count) for (start, end, column), count in spans.items()
                                  if start <= number <= end]
                        lines[number].add(line, min(around)[2] if around else 0)
    for name, lines in files.items():
        for number, text in enumerate((root / name).read_text().splitlines(), 1):
            if number in lines and re.fullmatch(r"[\s{}()\[\];,]*(//.*)?", text):
                lines[number].branches.clear()
    return files


class Sum:
    def __init__(self, lines):
        lines = list(lines)
        self.lines, self.lines_run = len(lines), sum(line.is_run for line in lines)
        self.branches, self.branches_taken = sum(len(line.branches) for line in lines), sum(line.taken() for line in lines)

    def has(self, least_lines, least_branches):
        return (100 * self.lines_run >= least_lines * self.lines
                and 100 * self.branches_taken >= least_branches * self.branches)

    def shares(self):
        return [f"{100 * part / whole:.1f}" if whole else "-"
                for part, whole in ((self.lines_run, self.lines), (self.branches_taken, self.branches))]


def folder_of(name):
    """"src/batch/" of "src/batch/request.cpp", "src/*" of "src/settings.cpp"."""
    top, *rest = name.split("/")
    return f"{top}/{rest[0]}/" if len(rest) > 1 else f"{top}/*"


def print_table(files, least):
    def total(prefix, key=lambda name: name):
        return Sum(line for name in files if key(name).startswith(prefix) for line in files[name].values())

    print("| folder | lines | run, % | branches | taken, % |\n|---|--:|--:|--:|--:|")
    rows = [(f"{top}/", total(f"{top}/")) for top in FOLDERS]
    rows += [(folder, total(folder, folder_of)) for folder in sorted(set(map(folder_of, files)))]
    for folder, of in rows:
        print(f"| `{folder}` | {of.lines:,} | {of.shares()[0]} | {of.branches:,} | {of.shares()[1]} |")
    print("\n| file below that | lines run, % | branches taken, % |\n|---|--:|--:|")
    for name in sorted(files):
        of = Sum(files[name].values())
        if name.startswith("src/") and not of.has(*least):
            print(f"| `{name}` | {of.shares()[0]} | {of.shares()[1]} |")
    if not total("src/").has(*least):
        sys.exit(f"tools/coverage: error: src/: expected {least[0]} % of lines and {least[1]} % of branches")


def print_lines(files, root, names):
    for name in names:
        texts = (root / name).read_text().splitlines()
        for number, line in sorted(files[name].items()):
            left = len(line.branches) - line.taken()
            if not line.is_run or left:
                what = "not run" if not line.is_run else f"{left} of {len(line.branches)} branches not taken"
                print(f"{name}:{number}: {what}: {texts[number - 1].strip()}")


def main():
    root, build, *rest = sys.argv[1:]
    root = pathlib.Path(root).resolve()
    files = read(root, pathlib.Path(build).resolve())
    if rest[0] == "--lines":
        print_lines(files, root, rest[1:])
    else:
        print_table(files, tuple(map(int, rest)))


main()
