# Reading, classifying and writing overlap: in order, in bounded memory, with a writer and a reader that are slow.
source "$(dirname "$0")/helper.sh"
small=$(dirname "$0")/../../data/models/heads6-gelu-f32  # answers tens of thousands of lines a second

# 40,000 lines of 200 bytes.
seq -f %.0f 40000 | awk '{ printf "%s %0*d\n", $1, 198 - length($1), 0 }' >"$work/lines"
size=$(stat -c %s "$work/lines")

# A reader that takes nothing. Two windows of 1024 lines or more are read besides the one that cannot be written, so that
# the classifier has work; then reading stops: at four windows of 256 KiB, 256 KiB that are being written, and what the
# pipe and the buffer of the input hold.
mkfifo "$work/answers"
"$valence" --model "$small" --threads 2 <"$work/lines" >"$work/answers" &
tool=$!
exec 9<"$work/answers"
position() { sed -n 's/^pos:[^0-9]*//p' "/proc/$tool/fdinfo/0"; }
now=0
before=-1
for _ in $(seq 600); do
  now=$(position) && [ "$now" -le 500000 ] || break
  sleep 0.1
done
while [ "${now:=0}" -ne "$before" ]; do  # until it stands still
  before=$now
  sleep 1
  now=$(position)
done
echo "read before the output was taken: $now of $size bytes"
[ "$now" -gt 500000 ] || failed "expected more than 500000 bytes read ahead of a reader that takes nothing, found $now"
[ "$now" -lt 1600000 ] || failed "expected fewer than 1600000 bytes read ahead, found $now"

# The reader begins, slowly at first. Nothing is lost, all in order.
{
  for _ in $(seq 20); do
    head -c 5000 <&9
    sleep 0.02
  done
  cat <&9
} >"$work/out"
wait $tool
expect "exit code with a slow reader" $? 0
exec 9<&-
cut -f 3 "$work/out" | cmp - "$work/lines" || failed "the texts of the answers are not the lines of the input"

# A writer that is slow: each burst is answered before the next one comes, whatever its size.
mkfifo "$work/in"
"$valence" --model "$small" <"$work/in" >"$work/answers" &
tool=$!
exec 8>"$work/in" 9<"$work/answers"
at=0
for burst in 1 40 3 200 1 33; do
  tail -n +$((at + 1)) "$work/lines" | head -n $burst >&8
  at=$((at + burst))
  for _ in $(seq $burst); do
    read -r -t 60 answer <&9 || { failed "no answer to a line of a burst of $burst before the next one"; break 2; }
    echo "$answer"
  done
done >"$work/out"
exec 8>&-
wait $tool
expect "exit code with a slow writer" $? 0
exec 9<&-
cut -f 3 "$work/out" | cmp - <(head -n $at "$work/lines") || failed "the answers to a slow writer are others"

# A line that cannot be read does not take those before it along, nor does it hide which it is.
{ head -n 3000 "$work/lines"; head -c 70000000 /dev/zero | tr '\0' x; } >"$work/long"
run --model "$small" --input "$work/long"
expect "exit code after a line that is too long" "$code" 1
expect "message" "$err" "valence: error: $work/long: line 3001 is longer than 67108864 bytes"
cut -f 3 "$work/out" | cmp - <(head -n 3000 "$work/lines") || failed "lines before one that is too long were lost"

# So with --resume, whose state holds them.
run --model "$small" --input "$work/long" --resume "$work/resumed"
expect "answers before a line that is too long" "$(wc -l <"$work/resumed")" 3000
run --model "$small" --input "$work/lines" --resume "$work/resumed"
expect "exit code of the resumed run" "$code" 0
cut -f 3 "$work/resumed" | cmp - "$work/lines" || failed "the resumed answers are others"

finish
