# Runs a test program with oneDNN limited to an instruction set. Exit code 77, skipped, where the limit changes nothing on
# this CPU: the program's own tests have run so already.
# Arguments: the limit, print_isa, the program and its arguments.
set -eu
limit=$1
print_isa=$2
shift 2
if [ "$("$print_isa")" = "$(ONEDNN_MAX_CPU_ISA=$limit "$print_isa")" ]; then
  echo "skipped: ONEDNN_MAX_CPU_ISA=$limit changes nothing on this CPU:"
  "$print_isa"
  exit 77
fi
ONEDNN_MAX_CPU_ISA=$limit exec "$@"
