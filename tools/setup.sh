# Functions of tools/run and tools/test: packages, configuration and build. Source it.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$root/build/release
log=$root/build/setup.log
# Use the packages' cmake and ninja: others of these names may be wrappers without a program.
PATH=/usr/bin:/bin:$PATH

# step WHAT COMMAND ..: runs the command with its output in the log; on failure prints the end of the log and exits. The
# command gets no standard input, which is for the tool.
step() {
  local what=$1
  shift
  if ! "$@" </dev/null >>"$log" 2>&1; then
    echo "valence: error: $what failed; the end of $log:" >&2
    tail -n 30 "$log" >&2
    exit 1
  fi
}

# Prints a line if the build takes longer than three seconds.
announce() {
  sleep 3 </dev/null >/dev/null 2>&1 && echo "valence: updating the build (log: $log)" >&2
}

# set_up TARGET: installs packages, configures and builds the target, as far as needed.
set_up() {
  local target=$1 announcer
  mkdir -p "$root/build"
  exec 9>"$root/build/.lock"
  flock 9  # one set_up at a time
  : >"$log"
  if [ -e "$build/build.ninja" ]; then
    announce 9>&- &
    announcer=$!
    trap "kill $announcer 2>/dev/null" EXIT
    step "installing packages" "$root/tools/install-dependencies"
    step "building" cmake --build "$build" --target "$target"
    kill "$announcer" 2>/dev/null || true
    trap - EXIT
  else
    echo "valence: first build; this takes a few minutes (log: $log)" >&2
    step "installing packages" "$root/tools/install-dependencies"
    step "configuring" cmake -S "$root" --preset release
    step "building" cmake --build "$build" --target "$target"
  fi
  exec 9>&-
}
