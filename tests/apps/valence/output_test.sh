# What becomes of the output when its reader is full, gone or slow, or when the process is told to end.
source "$(dirname "$0")/helper.sh"

for arguments in --help --version --info "Great."; do
  "$valence" "$arguments" >/dev/full 2>"$work/err"
  expect "exit code on a full disk ($arguments)" $? 1
  expect "message on a full disk" "$(cat "$work/err")" \
    "valence: error: standard output: No space left on device; no line was written"
done

# A disk that fills after some lines; a limit on the file's size is one without a disk of its own. Whole lines are left,
# and the message says how many. What was in the file before stays.
echo "earlier" >"$work/out"
seq 20000 >"$work/lines"
(ulimit -f 64 && exec "$valence" --tokenize --input "$work/lines" >>"$work/out" 2>"$work/err")
expect "exit code on a disk that fills" $? 1
written=$(($(wc -l <"$work/out") - 1))
expect "message on a disk that fills" "$(cat "$work/err")" \
  "valence: error: standard output: File too large; the last line written is number $written"
[ "$written" -gt 100 ] || failed "expected over 100 lines before the disk was full, found $written"
expect "the last byte before the disk was full" "$(tail -c 2 "$work/out")" '}'
"$valence" --tokenize --input "$work/lines" | head -n "$written" >"$work/whole"
expect "the lines before the disk was full" "$(tail -n +2 "$work/out" | cksum)" "$(cksum <"$work/whole")"
"$valence" "Great." >&- 2>"$work/err"
expect "exit code without standard output" $? 1
expect_match "message without standard output" "$(cat "$work/err")" 'valence: error: standard output: .*'

# 100,000 lines, of which one is read: more would take a minute, so an end within the time shows that it stopped.
seq 100000 | timeout 30 "$valence" 2>"$work/err" | head -n 1 >"$work/out"
expect "exit code after the reader left" "${PIPESTATUS[1]}" 0
expect "message after the reader left" "$(cat "$work/err")" ""
expect "lines that the reader got" "$(wc -l <"$work/out")" 1

# A signal comes while lines are written: those that got out are whole. Tokenising is the fastest way to write much.
for signal in INT TERM HUP; do
  for pause in 0.03 0.3 0.5; do
    mkfifo "$work/fifo"
    cat "$work/fifo" >"$work/out" &
    reader=$!
    seq 1000000 2>/dev/null | (trap - INT && exec "$valence" --tokenize) >"$work/fifo" &
    writer=$!
    sleep $pause
    kill -s $signal $writer
    wait $writer 2>/dev/null
    expect "exit code after SIG$signal" $? $((128 + $(kill -l $signal)))
    wait $reader
    if [ -s "$work/out" ]; then
      expect "last byte after SIG$signal" "$(tail -c 2 "$work/out")" '}'
    fi
    rm "$work/fifo"
  done
done

# A reader that takes nothing does not keep the process alive.
mkfifo "$work/fifo"
sleep 60 <"$work/fifo" &
reader=$!
seq 100000 | "$valence" --tokenize >"$work/fifo" &
writer=$!
sleep 1
kill -s TERM $writer
wait $writer
expect "exit code after SIGTERM with a stuck reader" $? 143
kill $reader

finish
