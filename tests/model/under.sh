# Runs a test program with an environment variable set. Exit code 77, skipped, where the variable changes nothing on this
# CPU: the program's own tests have run so already.
# Arguments: the variable as NAME=VALUE, print_isa, the program and its arguments.
set -eu
setting=$1
print_isa=$2
shift 2
if [ "$("$print_isa")" = "$(env "$setting" "$print_isa")" ]; then
  echo "skipped: $setting changes nothing on this CPU:"
  "$print_isa"
  exit 77
fi
exec env "$setting" "$@"
