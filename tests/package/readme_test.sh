# The README's program is examples/hello.cpp, word for word, and has 10 to 20 lines.
source "$(dirname "$0")/helper.sh"

readme_program | diff -u "$source_dir/examples/hello.cpp" - || fail "README.md and examples/hello.cpp differ"
lines=$(readme_program | wc -l)
[ "$lines" -ge 10 ] && [ "$lines" -le 20 ] || fail "the README's program has $lines lines"
