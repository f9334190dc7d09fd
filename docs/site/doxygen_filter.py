"""Doxygen's input filter: makes documentation comments of a public header's plain ones.

A comment alone on its line describes what follows it; one behind code, with the lines below that continue it in the same
or a later column, describes that code; the first comment of a file describes the file.
"""

import re
import sys


def documented(lines):
    trailing = None  # the column of the comment behind the last code
    in_file_comment = True
    for number, line in enumerate(lines):
        alone = re.match(r"( *)//( ?.*)$", line)
        behind = None if alone else re.match(r"(.*?\S.*?  )//( .*)$", line)
        if number == 0 and alone:
            yield "/// \\file"
        if alone and alone[2].lstrip().startswith("namespace"):
            yield line
        elif alone and trailing is not None and len(alone[1]) >= trailing > 2:
            yield f"{alone[1]}///<{alone[2]}"
        elif alone:
            yield f"{alone[1]}///{alone[2]}"
            trailing = None
        elif behind and not line.startswith("}"):
            yield f"{behind[1]}///<{behind[2]}"
            trailing = len(behind[1])
        else:
            if in_file_comment:
                yield ""  # ends the file's comment
            yield line
            trailing = None
        in_file_comment = in_file_comment and bool(alone)


def without_typedefs(text):
    """C's "typedef struct name {..} name;" as C++ writes it: Sphinx would document both names, which are equal."""
    text = re.sub(r"^typedef ((?:enum|struct) (\w+)) \2;", r"\1;", text, flags=re.MULTILINE)
    return re.sub(r"^typedef ((?:enum|struct) (\w+) \{.*?^\}) \2;", r"\1;", text, flags=re.MULTILINE | re.DOTALL)


with open(sys.argv[1], encoding="utf-8") as header:
    print("\n".join(documented(without_typedefs(header.read()).splitlines())))
