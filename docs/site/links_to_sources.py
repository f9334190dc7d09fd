"""Turns links of Markdown files to what is no page of the site into code: "[text](src/x.cpp)" becomes text (`src/x.cpp`).

Arguments: the repository, and the copy of its Markdown files that is changed.
"""

import os
import pathlib
import re
import sys

root, tree = map(pathlib.Path, sys.argv[1:])


def replaced(match, folder):
    text, target = match[1], match[2]
    path = target.partition("#")[0]
    if not path or re.match(r"[a-z]+:", target) or (path.endswith(".md") and (tree / folder / path).is_file()):
        return match[0]
    shown = os.path.normpath(folder / path)
    if path.endswith((".svg", ".png")):
        return match[0]
    return text if shown in text else f"{text} (`{shown}`)"


for page in sorted(tree.rglob("*.md")):
    folder = page.parent.relative_to(tree)
    for picture in re.findall(r"\]\(([^)#]+\.(?:svg|png))\)", page.read_text(encoding="utf-8")):
        copy = tree / folder / picture
        if not copy.exists():
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes((root / folder / picture).read_bytes())
    fenced = False
    lines = []
    for line in page.read_text(encoding="utf-8").splitlines():
        fenced ^= line.lstrip().startswith("```")
        lines.append(line if fenced else re.sub(r"\[([^]]+)\]\(([^)\s]+)\)", lambda m: replaced(m, folder), line))
    page.write_text("\n".join(lines) + "\n", encoding="utf-8")
