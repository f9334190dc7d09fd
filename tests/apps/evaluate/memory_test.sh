# Memory after 100,000 rows is nearly what it is after 5,000: a row leaves its logits, its label and little else.
source "$(dirname "$0")/helper.sh"

# Peak memory in kB after that many rows. The program is read from /proc while its page waits for a reader.
peak_after() {
  mkfifo "$work/page"
  seq "$1" | awk 'BEGIN { print "text\tlabel\tid" } { print "Film " $1 " of many.\t" $1 % 2 "\t" $1 }' |
    "$valence" --format tsv --slice id --model "$model" --html "$work/page" >"$work/out" &
  # Opening waits until the program does the same, which it does when all is judged.
  exec 8<"$work/page"
  peak=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB$/\1/p' "/proc/$!/status")
  cat <&8 >/dev/null
  exec 8<&-
  wait $!
  grep -q "Rows judged *$1 " "$work/out" || failed "expected $1 rows judged"
  rm "$work/page"
}

peak_after 5000
few=$peak
peak_after 100000
many=$peak
echo "peak after 5,000 rows: $few kB, after 100,000: $many kB"
[ "$many" -lt $((few + 8000)) ] || failed "peak memory grew from $few kB to $many kB"

finish
