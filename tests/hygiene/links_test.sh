# Relative links and anchors in all Markdown files point to something that exists.
source "$(dirname "$0")/helper.sh"

# Prints the headings of a Markdown file as GitHub's anchors: lower case, spaces as hyphens, punctuation removed.
anchors() {
  awk '/^```/ { fenced = !fenced } /^#+ / && !fenced { sub(/^#+ +/, ""); print }' "$1" |
    sed -E 's/\[([^]]*)\]\([^)]*\)/\1/g; s/[^A-Za-z0-9_ -]//g; s/ /-/g' | tr '[:upper:]' '[:lower:]'
}

# Prints the targets of a Markdown file's links, one a line: [text](target) and [label]: target, outside code.
targets() {
  awk '/^```/ { fenced = !fenced; next } !fenced' "$1" | sed -E 's/`[^`]*`//g' |
    grep -oE '\]\([^)]+\)|^\[[^]]+\]: +[^ ]+' | sed -E 's/^\]\(//; s/\)$//; s/^\[[^]]+\]: +//; s/ +"[^"]*"$//' || true
}

# Prints the broken links of a tree's Markdown files.
offences() {
  local file target path
  while IFS= read -r -d '' file; do
    while IFS= read -r target; do
      [[ $target =~ ^[a-z]+: ]] && continue  # https:, mailto:
      path=$(dirname "$file")/${target%%#*}
      [ -n "${target%%#*}" ] || path=$file
      if [ ! -e "$path" ]; then
        echo "${file#"$1"/}: $target: no such file"
      elif [[ $target == *#* && $path == *.md ]] && ! anchors "$path" | grep -qxF -- "${target#*#}"; then
        echo "${file#"$1"/}: $target: no such heading"
      fi
    done < <(targets "$file")
  done < <(find "$1" \( -name build -o -name '.*' ! -path "$1" \) -prune -o -name '*.md' -print0)
}

[ "$(targets "$root/README.md" | wc -l)" -gt 10 ] || { echo "README.md: found fewer than ten links"; exit 1; }
check "$root"

# notices_link LINK: fails if a file with this link passes
notices_link() {
  printf '# A heading\n\n%s\n' "$1" >"$copy/broken.md"
  notices "$1" "$copy"
}
notices_link '[text](missing.md)'
notices_link '[`code`](missing.md)'
notices_link 'two in a line: [first](broken.md) [second](missing/)'
notices_link '[anchor](#another-heading)'
notices_link '[anchor](broken.md#another-heading)'
notices_link '[label]: missing.md'
# These are correct.
printf '# A heading\n\n## With `code`, and more\n\n%s\n' '[a](broken.md#a-heading) [b](#with-code-and-more) `[c](none)`' \
  '[d](https://example.org/none) [e](./)' >"$copy/broken.md"
check "$copy"
