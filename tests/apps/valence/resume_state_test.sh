# --resume continues an output only with the options, the model and the input that it was begun with.
source "$(dirname "$0")/helper.sh"
small=$(dirname "$0")/../../data/models/heads6-gelu-f32  # answers tens of thousands of lines a second

seq 300 | sed -e 's/.*/{"id": &, "text": "film & is good"}/' -e '0~97s/.*/no JSON &/' -e '0~101s/.*//' >"$work/in"
command=(--model "$small" --jsonl)
"$valence" "${command[@]}" --input "$work/in" >"$work/whole" 2>"$work/whole_err"

# An output of 250 of the 298 answers, with a checkpoint after 100 lines of the input and one after the last.
begun() {
  rm -f "$work/resumed" "$work/resumed.resume"
  head -n 100 "$work/in" >"$work/part"
  "$valence" "${command[@]}" --resume "$work/resumed" --input "$work/part" 2>/dev/null
  cp "$work/resumed.resume" "$work/early_state"
  "$valence" "${command[@]}" --resume "$work/resumed" --input "$work/in" 2>/dev/null
  cmp "$work/whole" "$work/resumed" || failed "an input that has grown gives other bytes"
  head -n 250 "$work/whole" >"$work/resumed"
}

# expect_other WORDS ARGUMENT ..: this command is refused; output and state stay as they are.
expect_other() {
  cp "$work/resumed" "$work/before"
  cp "$work/resumed.resume" "$work/before_state"
  run --resume "$work/resumed" "${@:2}"
  expect_error 1 "$1"
  cmp "$work/before" "$work/resumed" || failed "a refused command ($1) changed the output"
  cmp "$work/before_state" "$work/resumed.resume" || failed "a refused command ($1) changed the state"
}

# expect_same ARGUMENT ..: this command gives the bytes of an uninterrupted run.
expect_same() {
  run --resume "$work/resumed" "$@"
  expect "exit code ($*)" "$code" 1  # some lines are no JSON
  expect "message ($*)" "$err" "$(cat "$work/whole_err")"
  cmp "$work/whole" "$work/resumed" || failed "$* gives other bytes"
}

# The input.
begun
cp "$work/whole" "$work/resumed"
sed '1s/film/Film/' "$work/in" >"$work/other"
expect_other "$work/other: lines 1 to 100 are not those that $work/resumed has the answers to; restore" "${command[@]}" --input "$work/other"
sed '50d' "$work/in" >"$work/other"
expect_other "standard input: lines 1 to 100 are not those" "${command[@]}" <"$work/other"
sed '200s/good/bad/' "$work/in" >"$work/other"
expect_other "$work/other: lines 101 to 300 are not those" "${command[@]}" --input "$work/other"
head -n 299 "$work/in" >"$work/other"
expect_other "$work/other: holds 299 lines, fewer than the 300 that" "${command[@]}" --input "$work/other"
sed '7s/film/Film/' "$work/whole" >"$work/resumed"
expect_other "$work/resumed: lines 1 to 100 are not those that were written; restore" "${command[@]}" --input "$work/in"
cp "$work/whole" "$work/resumed"
echo '{"text": "grown"}' | cat "$work/in" - >"$work/other"
run "${command[@]}" --resume "$work/resumed" --input "$work/other"
expect "lines after the input has grown" "$(wc -l <"$work/resumed")" 299
expect_match "the last of them" "$(tail -n 1 "$work/resumed")" '.*"text":"grown".*'

# The options.
begun
while IFS='|' read -r name before after options; do
  expect_other "$work/resumed: begun with other options: $name: expected $before, found $after; use those" \
    "${command[@]}" $options --input "$work/in"
done <<EOF
--scores|no|yes|--scores
--logits|no|yes|--logits
--tokens|no|yes|--tokens
--tokenize|no|yes|--tokenize
--strict|no|yes|--strict
--encoding|utf-8|latin-1|--encoding latin-1
--prepare|nothing|urls,lower-case|--prepare lower-case,urls
--precision|[a-z0-9]*|int8|--precision int8
--max-tokens|40|30|--max-tokens 30
--long-text|truncate|first-and-last|--long-text first-and-last
EOF
expect_other "--jsonl: expected yes, found no" --model "$small" --input "$work/in"

# The model. A copy of it, its README and the number of threads change no answer.
cp -r "$small" "$work/model"
touch "$work/model/README.md"
expect_same --model "$work/model" --jsonl --threads 1 --max-tokens 40 --input "$work/in"
begun
sed -i 's/^film$/movie/' "$work/model/vocab.txt"
expect_other "$work/resumed: begun with another model: model file vocab.txt: expected [0-9a-f]{64}, found [0-9a-f]{64}; use that model" \
  --model "$work/model" --jsonl --input "$work/in"
cp "$small/vocab.txt" "$work/model"
printf '\1' | dd of="$work/model/model.safetensors" bs=1 seek=$(($(stat -c %s "$work/model/model.safetensors") - 3)) conv=notrunc 2>/dev/null
expect_other "model file model.safetensors: expected" --model "$work/model" --jsonl --input "$work/in"
expect_other "begun with another model: model file .*: expected .*, found" --model "$model" --jsonl --input "$work/in"
expect_same "${command[@]}" <"$work/in"

# A state that is older than the output, as after a kill; whose last line is incomplete; that is newer than the output,
# as after a power failure or `truncate`.
begun
cp "$work/early_state" "$work/resumed.resume"
cp "$work/whole" "$work/resumed"
expect_same "${command[@]}" --input "$work/in"
expect "checkpoints" "$(grep -c ^checkpoint "$work/resumed.resume")" 2
begun
cp "$work/whole" "$work/resumed"
truncate -s -5 "$work/resumed.resume"
expect_same "${command[@]}" --input "$work/in"
expect "checkpoints after one was incomplete" "$(grep -c ^checkpoint "$work/resumed.resume")" 2
for bytes in 1 1000 11111; do
  begun
  head -c $bytes "$work/whole" >"$work/resumed"
  expect_same "${command[@]}" --input "$work/in"
done

# A state that is damaged, or something else.
begun
sed -i 's/utf-8/utf-7/' "$work/resumed.resume"
expect_other "$work/resumed.resume: line 8: expected what valence --resume wrote" "${command[@]}" --input "$work/in"
for content in "a file of the user's own" "$(head -c 100000 /dev/zero | tr '\0' x)" ""; do
  echo "$content" >"$work/resumed.resume"
  expect_other "$work/resumed.resume: line 1: expected what valence --resume wrote" "${command[@]}" --input "$work/in"
done
echo "the user's own" >"$work/resumed.resume"
: >"$work/resumed"
expect_other "$work/resumed.resume: line 1: expected what valence --resume wrote" "${command[@]}" --input "$work/in"

# A state that is missing.
rm "$work/resumed.resume"
head -n 250 "$work/whole" >"$work/resumed"
sed '1s/film/Film/' "$work/in" >"$work/other"
run "${command[@]}" --resume "$work/resumed" --input "$work/other"
expect_match "messages without a state" "$err" \
  "valence: $work/resumed.resume is missing: all answers .*$work/resumed: line 1 is not what this command answers.*"
[ ! -e "$work/resumed.resume" ] || failed "a command that does not fit left a state"
run "${command[@]}" --resume "$work/resumed" --input "$work/in"
expect_match "message without a state" "$err" "valence: $work/resumed.resume is missing: all answers .*"
cmp "$work/whole" "$work/resumed" || failed "without a state, the resumed output has other bytes"
run "${command[@]}" --resume "$work/resumed" --scores --input "$work/in"
expect_error 1 "--scores: expected no, found yes"
expect "files beside the output" "$(ls "$work" | grep -c '^resumed')" 2

# Answers that are known are not computed again: the rest takes a fraction of the CPU time.
TIMEFORMAT=%U
seq 60000 | sed 's/.*/film & is good/' >"$work/in"
rm "$work/resumed" "$work/resumed.resume"
first=$({ time "$valence" --model "$small" --input "$work/in" --resume "$work/resumed"; } 2>&1)
again=$({ time "$valence" --model "$small" --input "$work/in" --resume "$work/resumed"; } 2>&1)
echo "CPU time for all answers $first s, for none $again s"
awk -v first="$first" -v again="$again" 'BEGIN { exit !(again < first / 3) }' ||
  failed "a finished job takes $again s of CPU time, all of it $first s"

finish
