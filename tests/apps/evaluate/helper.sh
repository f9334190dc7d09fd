# What the scripts of this folder share: source it first. Arguments of a script: the program, a model's folder.
source "$(dirname "${BASH_SOURCE[0]}")/../valence/helper.sh"
data=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../data" && pwd)

# The last run's JSON in one line without blanks holds this text.
expect_json() {
  tr -d ' \n' <"$work/out" | grep -qF -- "$1" || failed "the JSON does not hold $1"
}

# The last run failed with this exit code; the last line of its standard error holds the words, and it printed nothing.
expect_failure() {
  expect "exit code ($2)" "$code" "$1"
  expect_match "error message" "$(tail -n 1 <<<"$err")" "valence-evaluate: error: .*$2.*"
  expect "standard output ($2)" "$out" ""
}
