# The moderation filter: every line in exactly one place, decided as the reference model's probabilities say.
source "$(dirname "$0")/../valence/helper.sh"
data=$(dirname "$0")/../../data

# The SST-2 development sentences; decisions by transformers' logits (NEGATIVE, POSITIVE), "near" where these are within
# rounding of an edge.
cut -f 1 "$data/sst2-dev.tsv" | tail -n +2 >"$work/texts"
awk '{ p = 1 / (1 + exp($2 - $1)); d = p >= 0.8 ? "flagged" : p < 0.2 ? "kept" : "unsure"
       print (p - 0.8) ^ 2 < 1e-8 || (p - 0.2) ^ 2 < 1e-8 ? "near" : d }' "$data/sst2-dev-default-logits.txt" >"$work/expected"
"$valence" --precision f32 <"$work/texts" >"$work/out" 2>"$work/err"
expect "exit code" $? 0
cut -f 3- "$work/out" | cmp - "$work/texts" || failed "the lines that came out are not those that went in"
cut -f 1 "$work/out" | paste "$work/expected" - >"$work/both"
expect "decisions unlike the reference's" "$(awk '$1 != "near" && $1 != $2' "$work/both")" ""
for decision in kept flagged unsure; do
  [ "$(grep -c "^$decision" "$work/out")" -gt 20 ] || failed "fewer than 20 lines $decision: the test tests nothing"
done
expect_match "summary" "$(cat "$work/err")" 'valence-moderate: 872 lines: [0-9]+ kept, [0-9]+ flagged, [0-9]+ unsure'

# Split into files: each line in one of them, as it came. Bytes that are no UTF-8, NUL, tabs, CR LF and a last line
# without an end come through.
printf '\xff great \0 film\tindeed\r\n\n \t\nGreat.' | cat "$work/texts" - >"$work/in"
cut -f 1 "$work/out" >"$work/decisions"
"$valence" --precision f32 --kept "$work/kept" --flagged "$work/flagged" --unsure "$work/unsure" <"$work/in" >"$work/out" 2>"$work/err"
expect "exit code of splitting" $? 0
expect "what is left for standard output" "$(wc -c <"$work/out")" 0
{ cat "$work/in"; echo; } | sort >"$work/sorted"
cat "$work/kept" "$work/flagged" "$work/unsure" | sort | cmp - "$work/sorted" || failed "lines were lost, doubled or changed"
for decision in kept flagged unsure; do
  paste "$work/decisions" "$work/texts" | grep "^$decision" | cut -f 2- >"$work/labelled"
  cmp -n "$(wc -c <"$work/labelled")" "$work/labelled" "$work/$decision" || failed "$decision: not in the order of the input"
done
expect "blank lines are left to a human" "$(grep -cE '^\s*$' "$work/unsure")" 2

# One file: the rest goes to standard output in order, and a second run adds to the file.
for turn in 1 2; do
  "$valence" --flagged "$work/bad" <<<$'Great.\nAwful.\nGood.' >"$work/out" 2>/dev/null
  expect "without the flagged ones" "$(cat "$work/out")" $'Great.\nGood.'
done
expect "flagged in two runs" "$(cat "$work/bad")" $'Awful.\nAwful.'

# The edges.
echo "Awful." >"$work/in"
for options in "--threshold 0.9" "--threshold 0" "--label POSITIVE --threshold 0"; do
  expect "decision by $options" "$("$valence" $options --band 0 <"$work/in" 2>/dev/null | cut -f 1)" flagged
done
expect "decision by another label" "$("$valence" --label POSITIVE <"$work/in" 2>/dev/null | cut -f 1)" kept
expect "decision with a band of 1" "$("$valence" --threshold 1 --band 1 <"$work/in" 2>/dev/null | cut -f 1)" unsure

# A harmless beginning does not carry an unread end through.
for words in 5 600; do
  { yes 'wonderful' | head -n "$words" | tr '\n' ' '; echo; } >"$work/in"
  expected=$([ "$words" -lt 500 ] && echo kept || echo unsure)
  expect "decision on $words words" "$("$valence" <"$work/in" 2>/dev/null | cut -f 1)" "$expected"
done

# JSON lines: bad ones are unsure, named, and none is lost.
printf '%s\n' '{"id": 7.00, "body": "Awful.", "decision": 1}' '[1]' '' '{"body": 3}' '{"text": "Great."}' '{"body": "Great."}' >"$work/in"
"$valence" --jsonl --text body <"$work/in" >"$work/out" 2>"$work/err"
expect "exit code with bad lines" $? 1
expect_match "an object" "$(sed -n 1p "$work/out")" '\{"id":7\.00,"body":"Awful\.","decision":"flagged","probability":0\.9[0-9]*\}'
expect "no object" "$(sed -n 2p "$work/out")" \
  '{"raw":"[1]","error":"expected a JSON object, found array","decision":"unsure","probability":null}'
expect "no string, after a blank line" "$(sed -n 3p "$work/out")" \
  '{"body":3,"error":"expected a string as \"body\", found number","decision":"unsure","probability":null}'
expect_match "after bad lines" "$(sed -n 5p "$work/out")" '\{"body":"Great\.","decision":"kept",.*'
expect "standard error" "$(cat "$work/err")" "valence-moderate: standard input:2: expected a JSON object, found array
valence-moderate: standard input:4: expected a string as \"body\", found number
valence-moderate: standard input:5: the object has no \"body\"
valence-moderate: 5 lines: 1 kept, 1 flagged, 3 unsure
valence-moderate: error: standard input: 3 of 5 rows could not be used"
"$valence" --jsonl --text body --unsure "$work/unsure_json" <"$work/in" 2>/dev/null >/dev/null
sed -n '2p;4,5p' "$work/in" | cmp - "$work/unsure_json" || failed "bad lines did not go to --unsure as they came"

# The lines before one that cannot be held are judged, and the run fails.
{ echo "Great."; head -c 70000000 /dev/zero; echo; echo "Good."; } >"$work/in"
run <"$work/in"
expect "exit code of a line that is too long" "$code" 1
expect_match "the line before it" "$out" $'kept\t0\\.[0-9]+\tGreat\\.'
expect_match "the message" "$err" '.*error: standard input: line 2 is longer than [0-9]+ bytes'

# Answers come while the input is still being written.
mkfifo "$work/pipe" "$work/answers"
timeout 60 "$valence" <"$work/pipe" >"$work/answers" 2>/dev/null &
exec 8>"$work/pipe" 9<"$work/answers"
for text in Great. Awful.; do
  echo "$text" >&8
  read -r -t 60 answer <&9 || failed "no answer to '$text' before the next line"
done
exec 8>&- 9<&-
wait $!

# Where lines are to be split, a reader that goes away is a failure.
yes "Great." | head -n 20000 >"$work/in"
"$valence" --flagged "$work/bad" <"$work/in" 2>"$work/err" | head -n 1 >/dev/null
expect "exit code with standard output closed" "${PIPESTATUS[0]}" 1
"$valence" <"$work/in" 2>"$work/err" | head -n 1 >/dev/null
expect "exit code when nothing is split" "${PIPESTATUS[0]}" 0

run --threshold 2 </dev/null
expect_error 2 "--threshold: expected 0 to 1, found 2"
run --label MAYBE </dev/null
expect_error 2 "--label: expected a label of the model \(NEGATIVE, POSITIVE\), found MAYBE"
run --kept "$work/in" <"$work/in"
expect_error 2 "expected another file than the one that is read"
run --kept "$work/none/kept" </dev/null
expect_error 1 "none/kept: No such file or directory"
run --nonsense </dev/null
expect_error 2 "nonsense"

finish
