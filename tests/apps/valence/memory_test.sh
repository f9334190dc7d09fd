# Memory does not grow with the input: it stays below 250 MB, and after many JSON lines is about what it is after a few
# thousand. A third argument says how many.
source "$(dirname "$0")/helper.sh"

# Peak memory in kB after that many lines. The tool waits for more input while it is read from /proc.
peak_after() {
  local lines=$1 answers
  mkfifo "$work/in"
  "$valence" --jsonl <"$work/in" >"$work/out" &
  exec 8>"$work/in"
  seq "$lines" | sed 's/.*/{"id": &, "text": "Film &."}/' >&8
  for _ in $(seq 10000); do
    answers=$(wc -l <"$work/out")
    [ "$answers" -lt "$lines" ] || break
    kill -0 $! 2>/dev/null || break
    sleep 0.1
  done
  [ "$answers" -eq "$lines" ] || failed "expected $lines answers, found $answers" >&2
  peak=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB$/\1/p' "/proc/$!/status")
  exec 8>&-
  wait $!
  rm "$work/in"
}

lines=${3:-15000}
peak_after 5000
few=$peak
peak_after "$lines"
many=$peak
echo "peak after 5000 lines: $few kB, after $lines: $many kB"
[ "$many" -lt 250000 ] || failed "peak memory: expected below 250000 kB, found $many kB"
[ "$many" -lt $((few + 10000)) ] || failed "peak memory grew from $few kB to $many kB"

finish
