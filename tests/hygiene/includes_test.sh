# Includes inside src/ run one way, and each third-party library is known to one folder only.
source "$(dirname "$0")/helper.sh"

# folder, or file beside the folders: what it may include besides itself, valence/*.h and the standard library
declare -A may_include=(
  [unicode]=""
  [preparation]="unicode"
  [tokenizer]="files unicode"
  [batch]="cpu"
  [files]="unicode cpu"
  [model]="batch files ops cpu"
  [ops]="onednn kernels cpu"
  [onednn]="cpu"
  [kernels]="cpu"
  [cpu]=""
  [classifier.cpp]="batch cpu files model ops tokenizer"
  [c.cpp]="unicode"
  [cpu_info.cpp]="cpu ops"
  [error.cpp]=""
)
# Third-party headers: the regular expression of the include, and the only paths that may hold it.
third_party=(
  'dnnl src/onednn/'
  'omp\.h src/onednn/'
  'hwy/ src/kernels/'
  'utf8proc src/unicode/'
  'nlohmann/ src/files/'
)

# Prints the offending includes of a tree.
offences() {
  local root=$1 folder allowed entry pattern home
  for folder in "$root"/src/*; do
    folder=$(basename "$folder")
    [ "$folder" != README.md ] || continue
    if [ -z "${may_include[$folder]+known}" ]; then
      echo "src/$folder: the table of this test does not know it"
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

check "$root"

# notices_include FILE INCLUDE: whether that include in that file is found out
notices_include() {
  rm -rf "${copy:?}"/*
  cp -r "$root/src" "$root/include" "$copy"
  echo "#include $2" >>"$copy/$1"
  notices "$2 in $1" "$copy"
}
notices_include src/files/broken.h '"tokenizer/wordpiece.h"'
notices_include src/model/broken.cpp '"tokenizer/wordpiece.h"'
notices_include src/model/broken.cpp '"kernels/norm.h"'
notices_include src/model/broken.h '"onednn/isa.h"'
notices_include src/cpu/broken.cpp '"kernels/norm.h"'
notices_include src/cpu_info.cpp '"onednn/isa.h"'
notices_include src/classifier.cpp '"kernels/norm.h"'
notices_include src/broken.cpp '"cpu/team.h"'
notices_include src/batch/broken.h '"model/encoder.h"'
notices_include src/onednn/broken.cpp '"model/encoder.h"'
notices_include src/onednn/broken.cpp '"kernels/matmul.h"'
notices_include src/onednn/broken.cpp '"ops/linear.h"'
notices_include src/kernels/broken.cpp '"onednn/isa.h"'
notices_include src/model/broken.cpp '"oneapi/dnnl/dnnl.hpp"'
notices_include src/model/broken.cpp '<dnnl.hpp>'
notices_include src/batch/broken.cpp '"hwy/highway.h"'
notices_include src/tokenizer/broken.cpp '<utf8proc.h>'
notices_include src/classifier.cpp '<nlohmann/json.hpp>'
notices_include include/valence/broken.h '<nlohmann/json.hpp>'
