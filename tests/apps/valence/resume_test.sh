# --resume: a job that is killed and started again, as often as it takes, ends with the bytes of one that was not.
source "$(dirname "$0")/helper.sh"
small=$(dirname "$0")/../../data/models/heads6-gelu-f32  # answers tens of thousands of lines a second
digest() { sha256sum <"$1" | cut -c 1-16; }

RANDOM=7
seq 60000 | sed -e 's/.*/{"id": &, "text": "film & is good"}/' -e '0~97s/.*/no JSON &/' -e '0~101s/.*//' >"$work/jsonl"
seq 60000 | sed 's/.*/film & is good/' >"$work/plain"

size() { stat -c %s "$work/resumed" 2>/dev/null || echo 0; }

# resumed ARGUMENT ..: starts the tool and kills it at a random moment after it has begun to write, a few times, then
# lets it come to its end.
resumed() {
  local kills=0 before
  rm -f "$work/resumed"
  for _ in 1 2 3 4 5 6; do
    before=$(size)
    "$valence" --model "$small" "$@" --resume "$work/resumed" >"$work/out" 2>"$work/err" &
    while [ "$(size)" -eq "$before" ] && kill -0 $! 2>/dev/null; do :; done
    sleep "0.0$((RANDOM % 10))"
    kill -s KILL $! 2>/dev/null
    wait $! 2>/dev/null
    [ $? -ne 137 ] || kills=$((kills + 1))
  done
  [ $kills -ge 1 ] || failed "expected a kill before the end ($*)"
  run --model "$small" "$@" --resume "$work/resumed"
  echo "$* killed $kills times: $(wc -l <"$work/resumed") lines, $(digest "$work/resumed")"
  expect "standard output with --resume ($*)" "$out" ""
}

for arguments in "--jsonl --scores --input $work/jsonl" "--jsonl --tokenize --input $work/jsonl" "--input $work/plain"; do
  "$valence" --model "$small" $arguments >"$work/whole" 2>"$work/whole_err"
  whole_code=$?
  echo "$arguments at once: $(wc -l <"$work/whole") lines, $(digest "$work/whole")"
  resumed $arguments
  expect "exit code of a resumed run ($arguments)" "$code" $whole_code
  expect "message of a resumed run ($arguments)" "$err" "$(cat "$work/whole_err")"
  cmp "$work/whole" "$work/resumed" || failed "killed and resumed, $arguments gives other bytes"
done

# Cut anywhere, in the middle of a line or of a character too.
{ head -n 300 "$work/jsonl"; printf '{"text": "caf\xc3\xa9 \xe2\x82\xac"}'; } >"$work/in"
"$valence" --model "$small" --jsonl --input "$work/in" >"$work/whole" 2>"$work/whole_err"
size=$(stat -c %s "$work/whole")
for cut in 0 1 $((size - 2)) $((size - 1)) $size $(for _ in $(seq 30); do echo $((RANDOM % size)); done); do
  head -c $cut "$work/whole" >"$work/resumed"
  run --model "$small" --jsonl --resume "$work/resumed" <"$work/in"
  expect "exit code after a cut at $cut" "$code" 1
  expect "message after a cut at $cut" "$err" "$(cat "$work/whole_err")"
  cmp "$work/whole" "$work/resumed" || failed "resumed after $cut bytes, the output has other bytes"
done

# What does not fit is refused and left as it was.
expect_refused() {
  cp "$work/resumed" "$work/before"
  run --model "$small" --jsonl --resume "$work/resumed" "${@:2}" --input "$work/in"
  expect_error 1 "$1"
  cmp "$work/before" "$work/resumed" || failed "a file that was refused ($1) was changed"
}
{ cat "$work/whole"; echo more; } >"$work/resumed"
expect_refused "$work/resumed: holds 300 lines, more than the 299 answers to the input"
{ cat "$work/whole"; printf more; } >"$work/resumed"
expect_refused "$work/resumed: holds 300 lines, more than the 299 answers to the input"
head -n 10 "$work/whole" | sed '9s/"id":9/"id":8/' >"$work/resumed"
expect_refused "$work/resumed: line 9 is not what this command answers: expected \".\"id\":9,.*\", found \".\"id\":8,.*\""
{ head -n 10 "$work/whole"; printf 'cut'; } >"$work/resumed"
expect_refused "$work/resumed: line 11 is not what this command answers"
head -n 290 "$work/whole" | tail -n 280 >"$work/resumed"
expect_refused "$work/resumed: line [0-9]+ is not what this command answers"
for _ in 1 2 3 4 5; do cat "$work/whole"; done >"$work/resumed"
expect_refused "$work/resumed: holds 1495 lines, more than the 299 answers to the input"
head -n 10 "$work/whole" >"$work/resumed"
exec 8>>"$work/resumed"
flock 8
expect_refused "$work/resumed: another process is resuming it"
exec 8>&-
cp "$work/in" "$work/resumed"
run --model "$small" --jsonl --resume "$work/in" --input "$work/in"
expect_error 1 "$work/in: is the input too"
run --model "$small" --jsonl --resume "$work/in" <"$work/in"
expect_error 1 "$work/in: is the input too"
cmp "$work/in" "$work/resumed" || failed "the input was written to"
run --model "$small" --resume /dev/null --input "$work/in"
expect_error 1 "/dev/null: expected a file to resume, found something else"
run --model "$small" --resume "$work" --input "$work/in"
expect_error 1 "$work: Is a directory"
run --resume "$work/resumed" "Great."
expect_error 2 "--resume: expected no TEXT beside it"
run --model "$small" --resume /dev/full --input "$work/in"
expect_error 1 "/dev/full"

finish
