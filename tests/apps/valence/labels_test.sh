# Labels are other people's data: their control characters reach no terminal and split no line.
source "$(dirname "$0")/helper.sh"
bin=$(dirname "$valence")
small=$(dirname "$0")/../../data/models/heads6-gelu-f32

cp -r "$small" "$work/model"
# ESC [ 2 J, a line end, a tab, DEL, U+009B (which is ESC [ in one character) and U+2028.
sed -E -i 's/"NEGATIVE"/"NEG\\u001b[2J\\nX\\tY\\u007f\\u009b\\u2028Z"/; s/"POSITIVE"/"POS\\u001b[2J\\nX\\tY\\u007f\\u009b\\u2028Z"/' "$work/model/config.json"
grep -q 'u001b' "$work/model/config.json" || failed "the labels were not replaced"

expect_clean() {
  if LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80\xa8' "$2"; then
    failed "$1 holds control characters: $(cat -v "$2")"
  fi
}

run --model "$work/model" --info
expect_clean "--info" "$work/out"
expect "lines of labels" "$(grep -c '^labels' "$work/out")" 1
expect "lines that a label split off" "$(grep -c '^X' "$work/out")" 0
run --model "$work/model" "Great."
expect_clean "plain output" "$work/out"
expect "lines" "$(wc -l <"$work/out")" 1
expect "fields" "$(awk -F '\t' '{ print NF }' "$work/out")" 3
run --model "$work/model" --scores "Great."
sed -i 's/\xe2\x80\xa8//g' "$work/out"  # a line separator does nothing in JSON
expect_clean "JSON output" "$work/out"

printf 'text\tlabel\tproduct\nGreat.\t0\ta\nAwful.\t1\ta\n' >"$work/rows.tsv"
"$bin/valence-evaluate" --model "$work/model" "$work/rows.tsv" >"$work/out" 2>"$work/err"
expect "exit code of valence-evaluate" $? 0
expect_clean "valence-evaluate" "$work/out"
"$bin/valence-evaluate" --model "$work/model" --json - "$work/rows.tsv" >"$work/out" 2>"$work/err"
sed -i 's/\xe2\x80\xa8//g' "$work/out"
expect_clean "valence-evaluate --json" "$work/out"
for command in "valence-evaluate --labels 0=NONE" valence-reviews; do
  "$bin/"$command --model "$work/model" "$work/rows.tsv" >"$work/out" 2>"$work/err"
  expect "exit code of $command" $? 2
  expect_clean "the error message of $command" "$work/err"
  expect "its lines" "$(wc -l <"$work/err")" 1
done
for command in valence-moderate valence-brand-watch; do
  "$bin/$command" --model "$work/model" </dev/null >"$work/out" 2>"$work/err"
  expect "exit code of $command" $? 2
  expect_clean "the error message of $command" "$work/err"
  expect "its lines" "$(wc -l <"$work/err")" 1
done

finish
