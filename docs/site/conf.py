"""Sphinx's settings for the documentation site; tools/docs runs it on a copy of the repository's Markdown files."""

import os
import pathlib
import re

_TREE = pathlib.Path(os.environ["VALENCE_DOCS_TREE"])  # the copy, which is also Sphinx's source folder

project = "valence"
author = "the valence authors"
copyright = "the valence authors"
release = re.search(r'VALENCE_VERSION "([^"]+)"', (_TREE / "include/valence/version.h").read_text())[1]
version = release

extensions = ["myst_parser", "breathe", "sphinx.ext.autodoc"]
root_doc = "docs/site/index"
include_patterns = ["*.md", "**/*.md"]
exclude_patterns = ["NOTICE", "**/build/**", "tests/data/**"]

myst_heading_anchors = 4
myst_enable_extensions = ["deflist"]
suppress_warnings = ["myst.xref_missing", "misc.highlighting_failure"]  # links to the repository's files; see below

breathe_projects = {"valence": os.environ["VALENCE_DOCS_XML"]}
breathe_default_project = "valence"
breathe_default_members = ("members",)
# The names of the C interface and of C++ functions that differ in their arguments only.
cpp_id_attributes = ["VALENCE_EXPORT"]
c_id_attributes = ["VALENCE_EXPORT"]

autodoc_mock_imports = ["valence._valence", "numpy"]
autodoc_member_order = "bysource"

html_theme = "furo"
html_title = f"valence {release}"
html_show_sphinx = False
html_copy_source = False
html_last_updated_fmt = None  # builds of one tree are the same, byte for byte
