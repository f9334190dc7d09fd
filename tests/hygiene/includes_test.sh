# Includes inside src/ run one way, and each third-party library is known to one folder only. Argument: the source tree.
set -eu

# folder: what it may include besides itself, valence/*.h and the standard library
declare -A may_include=(
  [text]="files"
  [batch]="cpu"
  [files]=""
  [model]="batch files onednn kernels cpu"
  [onednn]="cpu"
  [kernels]="cpu"
  [cpu]=""
)
# Third-party headers: the regular expression of the include, and the only paths that may hold it.
third_party=(
  'dnnl src/onednn/'
  'omp\.h src/onednn/'
  'hwy/ src/kernels/'
  'utf8proc src/text/'
  'nlohmann/ src/files/'
)

# Prints the offending includes of a tree.
offences() {
  local root=$1 folder allowed entry pattern home
  for folder in "$root"/src/*/; do
    folder=$(basename "$folder")
    if [ -z "${may_include[$folder]+known}" ]; then
      echo "src/$folder: a folder that the table of this test does not know"
      continue
    fi
    allowed=$(tr ' ' '|' <<<"$folder ${may_include[$folder]} valence")
    # Our own headers are those in quotes whose first part is one of our folders.
    grep -rnE '^ *# *include "[a-z]+/' "$root/src/$folder" | grep -E "\"($(IFS='|'; echo "${!may_include[*]}")|valence)/" |
      grep -vE "\"($allowed)/" || true
  done
  for entry in "${third_party[@]}"; do
    read -r pattern home <<<"$entry"
    grep -rnE "^ *# *include [<\"]([a-z0-9]+/)*$pattern" "$root/src" "$root/include" | grep -v "^$root/$home" || true
  done
  # utf8proc is wrapped in one file.
  if [ "$(grep -rlE '^ *# *include .*utf8proc' "$root/src" | wc -l)" -gt 1 ]; then
    echo "more than one file includes utf8proc: $(grep -rlE '^ *# *include .*utf8proc' "$root/src" | tr '\n' ' ')"
  fi
  grep -rnE '^ *# *include [<"]CLI/' "$root/src" "$root/include" || true
}

found=$(offences "$1")
if [ -n "$found" ]; then
  echo "includes against the rules:"$'\n'"$found"
  exit 1
fi

copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
# notices FILE INCLUDE: whether that include in that file is found out
notices() {
  rm -rf "${copy:?}"/*
  cp -r "$1/src" "$1/include" "$copy"
  echo "#include $3" >>"$copy/$2"
  [ -n "$(offences "$copy")" ] || { echo "not noticed: $3 in $2"; exit 1; }
}
notices "$1" src/files/broken.h '"text/wordpiece.h"'
notices "$1" src/model/broken.cpp '"text/wordpiece.h"'
notices "$1" src/cpu/broken.cpp '"kernels/norm.h"'
notices "$1" src/batch/broken.h '"model/encoder.h"'
notices "$1" src/onednn/broken.cpp '"model/encoder.h"'
notices "$1" src/model/broken.cpp '"oneapi/dnnl/dnnl.hpp"'
notices "$1" src/model/broken.cpp '<dnnl.hpp>'
notices "$1" src/batch/broken.cpp '"hwy/highway.h"'
notices "$1" src/text/broken.cpp '<utf8proc.h>'
notices "$1" src/classifier.cpp '<nlohmann/json.hpp>'
notices "$1" include/valence/broken.h '<nlohmann/json.hpp>'
