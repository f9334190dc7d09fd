# What the scripts of this folder share: source it first. Arguments of a script: the tool, the default model's folder.
set -u
export LC_ALL=C  # bytes are what is compared
valence=$1
model=$2
unset VALENCE_MODEL
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

# Runs the tool with the arguments; leaves its output in $out and $err and its exit code in $code.
run() {
  "$valence" "$@" >"$work/out" 2>"$work/err"
  code=$?
  out=$(cat "$work/out")
  err=$(cat "$work/err")
}

failed() {
  echo "FAILED: $*" >&2
  failures=$((failures + 1))
}

# expect WHAT FOUND EXPECTED
expect() {
  [ "$2" = "$3" ] || failed "$1: expected '$3', found '$2'"
}

# expect_match WHAT FOUND EXTENDED_REGULAR_EXPRESSION; the expression describes the whole.
expect_match() {
  [[ $2 =~ ^$3$ ]] || failed "$1: expected a match of '$3', found '$2'"
}

# The last run failed with this exit code, said so in one line that holds the words, and printed nothing else.
expect_error() {
  expect "exit code ($2)" "$code" "$1"
  expect_match "error message" "$err" "$(basename "$valence"): error: .*$2.*"
  expect "lines of error message ($2)" "$(wc -l <"$work/err")" 1
  expect "standard output ($2)" "$out" ""
}

finish() {
  [ "$failures" -eq 0 ] || exit 1
}
