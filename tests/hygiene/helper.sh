# Functions for the scripts of this folder, which source it first. Each script defines `offences TREE_OR_FILE`, which prints
# what breaks its rule, calls `check` on the source tree, and `notices` on copies that break the rule.
set -eu
export LC_ALL=C
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
copy=$(mktemp -d)  # for files that break the rule
trap 'rm -rf "$copy"' EXIT

# check TREE_OR_FILE: fails and prints the offences, if there are any.
check() {
  local found
  found=$(offences "$1")
  [ -z "$found" ] || { echo "against the rule:"$'\n'"$found"; exit 1; }
}

# notices WHAT TREE_OR_FILE: fails if no offence is found there.
notices() {
  [ -n "$(offences "$2")" ] || { echo "not noticed: $1"; exit 1; }
}
