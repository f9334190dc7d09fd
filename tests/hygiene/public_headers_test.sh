# Each public header compiles alone and shows nothing but the standard library. Arguments: the source tree, the compiler.
set -eu
root=$1
compiler=$2

# Prints what is wrong with the public headers of a tree.
offences() {
  local header name
  grep -rnE '^ *# *include' "$1/include" | grep -vE '#include (<[a-z0-9_]+(\.h)?>|"valence/[a-z_]+\.h")$' || true
  for header in "$1"/include/valence/*.h; do
    name=valence/$(basename "$header")
    echo "#include \"$name\"" |
      "$compiler" -std=c++20 -fsyntax-only -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -I"$1/include" -x c++ - 2>&1 ||
      echo "$name does not compile alone"
  done
}

found=$(offences "$root")
if [ -n "$found" ]; then
  echo "$found"
  exit 1
fi

copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
# notices CONTENT: whether a header with this content is found out
notices() {
  mkdir -p "$copy/include/valence"
  printf '%s\n' "$1" >"$copy/include/valence/broken.h"
  [ -n "$(offences "$copy")" ] || { echo "not noticed: $1"; exit 1; }
}
notices '#include <nlohmann/json.hpp>'
notices '#include "files/config.h"'
notices 'inline std::string Name();'
