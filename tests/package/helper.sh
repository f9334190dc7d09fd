# Functions for the scripts of this folder, which source it first with their arguments:
# source tree, build tree, work folder, cmake, ninja or make, compiler, generator.
set -eu
source_dir=$1
build_dir=$2
work=$3
cmake=$4
make_program=$5
compiler=$6
generator=$7
unset VALENCE_MODEL
mkdir -p "$work"
helper_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# Prints the README's program.
readme_program() {
  awk '/^```cpp$/ { inside = 1; next } /^```$/ { inside = 0 } inside' "$source_dir/README.md"
}

# consumer NAME CMAKE_ARGUMENT ..: builds the README's program in its own project and sets $program.
consumer() {
  local name=$1
  shift
  rm -rf "${work:?}/$name"
  mkdir -p "$work/$name"
  readme_program >"$work/$name/main.cpp"
  "$cmake" -S "$helper_dir/consumer" -B "$work/$name/build" -G "$generator" -DCMAKE_MAKE_PROGRAM="$make_program" \
    -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_BUILD_TYPE=Release -DPROGRAM="$work/$name/main.cpp" "$@"
  "$cmake" --build "$work/$name/build" --parallel 2
  program=$work/$name/build/program
}

# answers COMMAND ..: fails unless the command says that the README's text is positive.
answers() {
  local answer
  answer=$("$@") || fail "$*: exit code $?"
  [[ $answer == POSITIVE\ 0.9* || $answer == "POSITIVE 1" ]] || fail "$*: expected POSITIVE and more than 0.9, found '$answer'"
}

# install_moved BUILD_TREE NAME: installs into a folder, moves it, checks its content and sets $prefix.
install_moved() {
  local kind=$2 found
  rm -rf "$work/before" "${work:?}/$kind"
  "$cmake" --install "$1" --prefix "$work/before"
  mv "$work/before" "$work/$kind"
  prefix=$work/$kind
  for file in include/valence/valence.h share/valence/models/default/model.safetensors \
    share/valence/models/default/README.md; do
    [ -f "$prefix/$file" ] || fail "not installed: $file"
  done
  for file in valence-config.cmake valence-config-version.cmake valence-targets.cmake valence.pc; do
    found=$(find "$prefix" -name "$file")
    [ -n "$found" ] || fail "not installed: $file"
    if grep -q "$work/before" "$found"; then fail "$found names the folder it was installed to"; fi
  done
  pkg_config_path=$(dirname "$(find "$prefix" -name valence.pc)")
  library_path=$(dirname "$(find "$prefix" -name 'libvalence.*' | head -n 1)")
}
