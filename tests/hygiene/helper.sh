# What the scripts of this folder share: source it first. Each defines `offences TREE_OR_FILE`, which prints what is
# against its rule, then calls `check` on the real thing and `notices` on ones that break the rule.
set -eu
export LC_ALL=C
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
copy=$(mktemp -d)  # where the rule is broken
trap 'rm -rf "$copy"' EXIT

# Fails with what is against the rule.
check() {
  local found
  found=$(offences "$1")
  [ -z "$found" ] || { echo "against the rule:"$'\n'"$found"; exit 1; }
}

# notices WHAT TREE_OR_FILE: fails unless something is found there.
notices() {
  [ -n "$(offences "$2")" ] || { echo "not noticed: $1"; exit 1; }
}
