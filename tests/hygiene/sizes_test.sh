# Files of src/, apps/ and python/binding are short: one of more than 300 lines says why in its first five, in a line
# with "lines because", and half of all files have fewer than 130. Prints the median and the longest files.
source "$(dirname "$0")/helper.sh"

longest=300
largest_median=129

# Prints "LINES FILE" for each file of a tree, the longest first.
sizes() {
  find "$1"/{src,apps,python/binding} \( -name '*.h' -o -name '*.cpp' \) -exec awk 'END { print FNR, FILENAME }' {} \; | sort -rn
}

# Prints the median size of the files of a tree.
median() { sizes "$1" | awk '{ size[NR] = $1 } END { print size[int((NR + 1) / 2)] }'; }

# Prints what is wrong with the sizes of a tree.
offences() {
  local size file
  while read -r size file && [ "$size" -gt "$longest" ]; do
    head -n 5 "$file" | grep -q 'lines because' || echo "$file: $size lines, and no reason in its first five"
  done < <(sizes "$1")
  size=$(median "$1")
  [ "$size" -le "$largest_median" ] || echo "the median size is $size lines"
}

echo "median: $(median "$root") lines; the longest:"
sizes "$root" | head -n 5 || true
check "$root"

mkdir -p "$copy"/{src,apps,python/binding}
printf '// A file.\n' >"$copy/src/short.h"
printf '// A file.\n' >"$copy/apps/short.h"
{ echo '// A file.'; seq 300 | sed 's|^|// |'; } >"$copy/src/long.cpp"
notices "a file of 301 lines" "$copy"
sed -i '2s|.*|// More than 300 lines because it is a table.|' "$copy/src/long.cpp"
check "$copy"
seq 130 | sed 's|^|// |' | tee "$copy"/src/{a,b,c,d,e}.h >/dev/null
notices "a median of 130 lines" "$copy"
