# The shared library shows exactly what the committed list has: the C interface and the public C++ one.
# Arguments: the shared library, the list, nm, the compiler. After a change of the public interface:
#   bash tests/c/exported_symbols_test.sh LIBRARY LIST nm c++ --update
set -euo pipefail
library=$1
list=$2
nm=$3
compiler=$4
export LC_ALL=C

# Constructors and destructors come in several copies of one name.
exported() { "$nm" --dynamic --defined-only --demangle "$1" | sed 's/^[^ ]* [^ ]* //' | sort -u; }

if [ "${5:-}" = --update ]; then
  exported "$library" >"$list"
  # Debian's list of the same symbols says since which version each is there.
  root=$(dirname "$list")/../..
  version=$(sed -n 's/#define VALENCE_VERSION "\(.*\)"/\1/p' "$root/include/valence/version.h")
  packaged=$(ls "$root"/debian/libvalence*.symbols)
  {
    head -n 1 "$packaged"
    while IFS= read -r name; do
      case $name in
        *::*) line=" (c++)\"$name@Base\"" ;;
        *) line=" $name@Base" ;;
      esac
      grep -F -- "$line " "$packaged" || echo "$line $version"
    done <"$list"
  } >"$packaged.new"
  mv "$packaged.new" "$packaged"
  exit 0
fi
exported "$library" | diff -u "$list" - || { echo "$list and the library differ (- is missing, + is new)"; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# A symbol more is found out.
echo 'extern "C" __attribute__((visibility("default"))) int leaked() { return 0; }' >"$work/broken.cpp"
"$compiler" -shared -fPIC "$work/broken.cpp" -o "$work/broken.so"
exported "$work/broken.so" | grep -qx leaked || { echo "not noticed: a symbol that is new"; exit 1; }
