# Sources are ASCII, and their first line says what they are.
source "$(dirname "$0")/helper.sh"

# Prints what is wrong with the sources of a tree.
offences() {
  local folder file
  for folder in include src apps tests examples benchmarks cmake tools training python; do
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

check "$root"

# notices_source PRINTF_FORMAT: fails if a source with this content passes
notices_source() {
  mkdir -p "$copy/src"
  printf "$1" >"$copy/src/broken.cpp"
  notices "$1" "$copy"
}
notices_source '// Says what it is.\nconst char* dash = "\xe2\x80\x93";\n'
notices_source '#include <string>\n'
