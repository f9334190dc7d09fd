# What tools/run and tools/test share: packages, configuration and build. Sourced, not run.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$root/build/release
log=$root/build/setup.log
# The packages' own cmake and ninja go before others of these names, which may be wrappers without a program behind.
PATH=/usr/bin:/bin:$PATH

# Runs a step with its output in the log; on failure shows the end of it. Standard input belongs to the tool.
step() {
  local what=$1
  shift
  if ! "$@" </dev/null >>"$log" 2>&1; then
    echo "valence: error: $what failed; the end of $log:" >&2
    tail -n 30 "$log" >&2
    exit 1
  fi
}

# Says that the build goes on, once it does so for longer than a moment.
announce() {
  sleep 3 </dev/null >/dev/null 2>&1 && echo "valence: bringing the build up to date (log: $log)" >&2
}

# Brings the packages, the configuration and the named target up to date.
set_up() {
  local target=$1 announcer
  mkdir -p "$root/build"
  exec 9>"$root/build/.lock"
  flock 9  # one set-up at a time
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
    echo "valence: setting up, once; this takes a few minutes (log: $log)" >&2
    step "installing packages" "$root/tools/install-dependencies"
    step "configuring" cmake -S "$root" --preset release
    step "building" cmake --build "$build" --target "$target"
  fi
  exec 9>&-
}
