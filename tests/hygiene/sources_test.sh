# Sources are pure ASCII and open with one line that says what they are. Argument: the source tree.
set -eu
export LC_ALL=C

# Prints what is wrong with the sources of a tree.
offences() {
  local folder file
  for folder in include src tests examples benchmarks cmake tools python; do
    [ -d "$1/$folder" ] || continue
    while IFS= read -r -d '' file; do
      grep -nHP '[^\x00-\x7f]' "$file" | cut -c 1-200 || true
      case $file in
        *.cpp | *.h) head -n 1 "$file" | grep -Eq '^// .{3}' || echo "$file:1: no line that says what the file is" ;;
      esac
    done < <(find "$1/$folder" -type f \( -name '*.cpp' -o -name '*.h' -o -name '*.cmake' -o -name '*.in' -o \
      -name CMakeLists.txt -o -name '*.sh' -o -name '*.py' \) -print0)
  done
}

found=$(offences "$1")
if [ -n "$found" ]; then
  echo "$found"
  exit 1
fi

copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
# notices PRINTF_FORMAT: whether a source with this content is found out
notices() {
  mkdir -p "$copy/src"
  printf "$1" >"$copy/src/broken.cpp"
  [ -n "$(offences "$copy")" ] || { echo "not noticed: $1"; exit 1; }
}
notices '// Says what it is.\nconst char* dash = "\xe2\x80\x93";\n'
notices '#include <string>\n'
