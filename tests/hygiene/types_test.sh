# No two types of the library have the same qualified name: two different definitions of one name would be undefined
# behaviour (one-definition rule), and compilers and linkers do not report it.
source "$(dirname "$0")/helper.sh"

# Prints each type that a tree defines more than once at namespace scope, with the places. The formatter puts such
# definitions at the beginning of a line. Unnamed namespaces are left out: their types belong to one file.
offences() {
  find "$1/src" \( -name '*.h' -o -name '*.cpp' \) -print0 | xargs -0 awk '
    FNR == 1 || /^}  \/\/ namespace$/ { unnamed = 0 }
    /^namespace \{/ { unnamed = 1 }
    !unnamed && /^(class|struct|union|enum( class| struct)?) [A-Za-z_]/ && !/^[^{]*;/ {
      name = $0
      sub(/^(enum )?(class |struct |union )?/, "", name)
      sub(/^enum /, "", name)
      sub(/^alignas\([^)]*\) /, "", name)
      sub(/( final| :|[ {]).*$/, "", name)
      places[name] = places[name] " " FILENAME ":" FNR
      if (++count[name] == 2) order[++names] = name
    }
    END { for (i = 1; i <= names; ++i) print order[i] ":" places[order[i]] }'
}

check "$root"

# notices_definition FILE LINES: fails if these lines at the end of the file pass
notices_definition() {
  rm -rf "${copy:?}"/*
  cp -r "$root/src" "$copy"
  printf '%s\n' "$2" >>"$copy/src/$1"
  notices "$2 in $1" "$copy"
}
notices_definition tokenizer/tokenizer.cpp 'class Scheduler {'
notices_definition tokenizer/wordpiece.h 'struct PackedBatch final : Base {'
notices_definition cpu/team.cpp 'template <class T>
class WordPiece {'
# Types of unnamed namespaces and declarations are no second definitions.
rm -rf "${copy:?}"/*
cp -r "$root/src" "$copy"
printf '%s\n' 'class Scheduler;' 'namespace {' 'class Scheduler {' '};' '}  // namespace' >>"$copy/src/tokenizer/tokenizer.cpp"
check "$copy"
