# Includes inside src/ and apps/ run one way, and each third-party library is known to one folder or file only.
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
  [quantize.cpp]="files model unicode"
  [settings.h]="batch cpu files"
  [settings.cpp]="cpu ops"
  [c.cpp]=""
  [c_arguments.h]=""
  [c_arguments.cpp]="unicode"
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

# folder of apps/: the other folders of apps/ that it may include; every other folder is a program
declare -A app_may_include=(
  [common]=""
  [table]="common"
  [statistics]="common"
)
program_may_include="common table statistics"

# Prints the offending includes of apps/. A file includes "x.h" of its own folder, "common/x.h" of a shared one, and the
# library's public "valence/x.h".
app_offences() {
  local root=$1 place folder header
  while IFS=: read -r place line header; do
    folder=${place%/*}
    folder=${folder##*/}
    case $header in
      valence/*) [ -e "$root/include/$header" ] && continue ;;
      */*) [[ " ${app_may_include[$folder]-$program_may_include} " == *" ${header%%/*} "* && -e $root/apps/$header ]] && continue ;;
      *) [ -e "$root/apps/$folder/$header" ] && continue ;;
    esac
    echo "$place:$line: $header"
  done < <(grep -rnE '^ *# *include "' "$root/apps" | sed -E 's/^([^:]*:[0-9]+:).*"(.*)".*$/\1\2/')
  # Slow to compile, so one file sees it.
  grep -rnE '^ *# *include [<"]CLI/' "$root/apps" |
    grep -vE '^[^:]*/common/command_line\.cpp:' || true
}

# Prints the files of apps/ without their folder's namespace; the command line tool's is cli, as valence is the library's.
namespace_offences() {
  local folder name
  for folder in "$1"/apps/*/; do
    name=$(basename "$folder")
    [ "$name" != valence ] || name=cli
    grep -L "^namespace $name {" "$folder"*.h "$folder"*.cpp | sed "s/$/: no namespace $name/"
  done
}

# Prints the offending includes of a tree.
offences() {
  app_offences "$1"
  namespace_offences "$1"
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
    grep -rHnE '^ *# *include "[a-z]+/' "$root/src/$folder" | grep -E "\"($(IFS='|'; echo "${!may_include[*]}")|valence)/" |
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

# One copy of the tree breaks the rules in all of these ways; each must be among its offences.
cp -r "$root/src" "$root/include" "$root/apps" "$copy"
broken=()
notices_include() {  # notices_include FILE INCLUDE
  echo "#include $2" >>"$copy/$1"
  broken+=("$1 ${2//[\"<>]/}")
}
notices_include src/files/broken.h '"tokenizer/wordpiece.h"'
notices_include src/model/broken.cpp '"tokenizer/wordpiece.h"'
notices_include src/model/broken.cpp '"kernels/norm.h"'
notices_include src/model/broken.h '"onednn/isa.h"'
notices_include src/cpu/broken.cpp '"kernels/norm.h"'
notices_include src/cpu_info.cpp '"onednn/isa.h"'
notices_include src/classifier.cpp '"kernels/norm.h"'
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
notices_include apps/reviews/main.cpp '"cpu/team.h"'
notices_include apps/reviews/main.cpp '"moderate/comment.h"'
notices_include apps/reviews/main.cpp '"reviews/products.h"'
notices_include apps/reviews/main.cpp '"valence/answers.h"'
notices_include apps/common/program.h '"table/reader.h"'
notices_include apps/table/reader.cpp '"statistics/share.h"'
notices_include apps/reviews/main.cpp '<CLI/CLI.hpp>'
sed -i 's/^namespace reviews {/namespace uses {/' "$copy/apps/reviews/products.h"
broken+=("apps/reviews/products.h no namespace reviews")
echo >"$copy/src/unknown.cpp"
broken+=("src/unknown.cpp does not know it")

found=$(offences "$copy")
for case in "${broken[@]}"; do
  read -r file what <<<"$case"
  grep -F "$file:" <<<"$found" | grep -qF "$what" || { echo "not noticed: $what in $file"; exit 1; }
done
