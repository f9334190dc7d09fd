# Virtual environments for the programs of this folder, under build/all. Sourced, not run.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# make_requirements NAME REQUIREMENTS: an environment with what that file names; its interpreter is $python then. Made anew
# when the file changes. PYTHON chooses the Python. The torch of the default index is a CUDA build of several GB:
# TORCH_INDEX names another index for it, https://download.pytorch.org/whl/cpu.
make_requirements() {
  local folder=$root/build/all/$1 requirements=$2 torch
  python=$folder/bin/python
  if ! cmp -s "$requirements" "$folder/requirements.txt"; then
    rm -rf "$folder"
    "${PYTHON:-python3}" -m venv "$folder"
    torch=$(grep '^torch==' "$requirements" || true)
    if [ -n "$torch" ] && [ -n "${TORCH_INDEX:-}" ]; then
      "$python" -m pip install --quiet --index-url "$TORCH_INDEX" "$torch"
    fi
    "$python" -m pip install --quiet --requirement "$requirements"
    cp "$requirements" "$folder/requirements.txt"
  fi
}

# make_environment NAME REQUIREMENTS: the same, and the Python package of this tree, which is brought up to date every time.
make_environment() {
  make_requirements "$@"
  # As a user does it; the build folder saves compiling all of it the next time.
  "$python" -m pip install --quiet --config-settings=build-dir="$root/build/all/python-build" "$root/python"
}
