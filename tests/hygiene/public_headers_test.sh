# Each public header compiles alone, includes only the standard library and public headers, and has no function that
# names a type of valence::internal. Argument: the compiler.
source "$(dirname "$0")/helper.sh"
compiler=${1:-c++}

# Prints what is wrong with the public headers of a tree.
offences() {
  local header name
  grep -rnE '^ *# *include' "$1/include" | grep -vE '#include (<[a-z0-9_]+(\.h)?>|"valence/[a-z_]+\.h")$' || true
  for header in "$1"/include/valence/*.h; do
    name=valence/$(basename "$header")
    # Comments away, one statement a line. A private member may name an inner type, which is declared only.
    sed 's|//.*||' "$header" | tr '\n' ' ' | tr ';{}' '\n' | grep 'internal::.*[()]\|[()].*internal::' | sed "s|^|$name: |" || true
    echo "#include \"$name\"" |
      "$compiler" -std=c++20 -fsyntax-only -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -I"$1/include" -x c++ - 2>&1 ||
      echo "$name does not compile alone"
  done
}

check "$root"

# notices_header CONTENT: fails if a header with this content passes
notices_header() {
  mkdir -p "$copy/include/valence"
  printf '%s\n' "$1" >"$copy/include/valence/broken.h"
  notices "$1" "$copy"
}
notices_header '#include <nlohmann/json.hpp>'
notices_header '#include "files/config.h"'
notices_header 'inline std::string Name();'
notices_header $'namespace internal { struct Spec; }\nstruct Made {\n  explicit Made(\n      const internal::Spec& spec);\n};'
