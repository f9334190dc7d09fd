# SST-2's development set in f32: every answer is that of Hugging Face transformers, whose logits tests/data holds.
source "$(dirname "$0")/helper.sh"

run "$data/sst2-dev.tsv" --model "$model" --precision f32 --mistakes 1000 --json - --slice label
expect "exit code" "$code" 0
expect "standard error" "$err" ""

# Rows "line label answer" of transformers; the file's first row is line 2.
paste <(tail -n +2 "$data/sst2-dev.tsv" | cut -f2) <(grep -v '^#' "$data/sst2-dev-default-logits.txt") |
  awk '{ print NR + 1, $1, ($3 > $2) }' >"$work/theirs"
expect "rows of transformers" "$(wc -l <"$work/theirs")" 872

theirs() { awk "$1 { n++ } END { print n + 0 }" "$work/theirs"; }
right=$(theirs '$2 == $3')
expect_json "\"count\":$right,\"rows\":872"
expect_json "\"confusion\":[[$(theirs '$2 == 0 && $3 == 0'),$(theirs '$2 == 0 && $3 == 1')],[$(theirs '$2 == 1 && $3 == 0'),$(theirs '$2 == 1 && $3 == 1')]]"
expect "the wrong rows" "$(sed -n 's/^ *"line": \([0-9]*\),$/\1/p' "$work/out" | sort -n)" \
  "$(awk '$2 != $3 { print $1 }' "$work/theirs")"

finish
