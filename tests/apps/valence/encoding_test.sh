# Input that is not UTF-8: read with --encoding or a byte order mark, otherwise reported, compressed input refused.
source "$(dirname "$0")/helper.sh"
bin=$(dirname "$valence")

printf 'caf\xc3\xa9 is good\nawful \xe2\x82\xac 5\n' >"$work/utf8"
{ printf '\xff\xfe'; iconv -f utf-8 -t utf-16le "$work/utf8"; } >"$work/utf-16le"
{ printf '\xfe\xff'; iconv -f utf-8 -t utf-16be "$work/utf8"; } >"$work/utf-16be"
{ printf '\xef\xbb\xbf'; cat "$work/utf8"; } >"$work/marked"
iconv -f utf-8 -t windows-1252 "$work/utf8" >"$work/windows-1252"
run --input "$work/utf8"
expected=$out
expect "what is said of UTF-8" "$err" ""
for file in utf-16le utf-16be marked; do
  run --strict --input "$work/$file"
  expect "exit code of $file" "$code" 0
  expect "$file" "$out" "$expected"
  expect "what is said of $file" "$err" ""
done
run --strict --encoding windows-1252 --input "$work/windows-1252"
expect "windows-1252" "$out" "$expected"
expect "what is said of --encoding windows-1252" "$err" ""
iconv -f utf-8 -t utf-16le "$work/utf8" >"$work/unmarked"
run --encoding utf-16 --input "$work/unmarked"
expect "utf-16 without a mark" "$out" "$expected"
printf '\xe9\n' >"$work/in"
run --encoding latin-1 --input "$work/in"
expect "latin-1" "$(cut -f3 <<<"$out")" $'\xc3\xa9'

printf 'good\n\xe9\nfine\n\x80\n' >"$work/in"
run --input "$work/in"
expect "exit code of ill-formed lines" "$code" 0
expect "answers to ill-formed lines" "$(wc -l <<<"$out")" 4
expect "what is said of them" "$err" "valence: $work/in:2: not UTF-8; for another encoding use --encoding windows-1252, latin-1 or utf-16
valence: $work/in: 2 lines are not UTF-8"
run --strict <"$work/in"
expect "exit code with --strict" "$code" 1
expect "the last line of standard error with --strict" "$(tail -n 1 <<<"$err")" "valence: error: standard input: 2 lines are not UTF-8"
expect "answers with --strict" "$(wc -l <<<"$out")" 4

# The other programs read alike.
sed 's/.*/{"text": "&", "time": 7200, "product": "a"}/' "$work/windows-1252" >"$work/jsonl"
for command in "valence --jsonl --input $work/jsonl" "valence-moderate --jsonl" "valence-brand-watch" "valence-reviews --format jsonl"; do
  "$bin/"$command --encoding windows-1252 --strict <"$work/jsonl" >"$work/out" 2>"$work/err"
  expect "exit code of $command with the encoding" $? 0
  "$bin/"$command --strict <"$work/jsonl" >"$work/out" 2>"$work/err"
  expect "exit code of $command without it" $? 1
  grep -q ':1: not UTF-8; for another encoding use --encoding' "$work/err" || failed "$command does not say what is not UTF-8"
done
for command in valence-moderate valence-brand-watch "valence-reviews --format csv"; do
  gzip <"$work/utf8" | "$bin/"$command >"$work/out" 2>"$work/err"
  expect "exit code of $command for gzip" $? 1
  grep -q 'standard input: expected text, found gzip' "$work/err" || failed "$command does not name gzip"
done

# Compressed input is named.
gzip <"$work/utf8" >"$work/in"
run --input "$work/in"
expect_error 1 "$work/in: expected text, found gzip; make text of it first: gzip -dc"
printf '\x28\xb5\x2f\xfd\x04\x00' >"$work/in"
run --jsonl --input "$work/in"
expect_error 1 "$work/in: expected text, found zstd; make text of it first: zstd -dc"
run --encoding ascii "Great."
expect_error 2 "--encoding: expected utf-8, utf-16, windows-1252 or latin-1, found ascii"

finish
