# --compare: the same model in two precisions.
source "$(dirname "$0")/helper.sh"

# A precision against itself changes nothing.
printf 'text\tlabel\ngood film\t1\nbad film\t0\n' >"$work/two.tsv"
run "$work/two.tsv" --compare f32,f32 --model "$model" --json -
expect "exit code" "$code" 0
expect_json '"rows":2,"labelled":2,"changed":0'
expect_json '"logits":{"largest_difference":0.0,"mean_difference":0.0}'
expect_json '"changes":[]'

# int8 changes at most one label in two hundred of SST-2's development set, by a row that f32 was unsure of.
run "$data/sst2-dev.tsv" --compare f32,int8 --model "$model" --json -
expect "exit code" "$code" 0
expect_json '"rows":872,"labelled":872'
expect_json '{"precision":"f32","right":798,'
changed=$(sed -n 's/^ *"changed": \([0-9]*\),$/\1/p' "$work/out")
[ "$changed" -le 4 ] || failed "int8 changed $changed labels of 872"
sed -n '/"scores": \[/{n;s/[ ,]//gp}' "$work/out" | awk '$1 > 0.7 { exit 1 }' ||
  failed "int8 changed a label of which f32 was sure: $(cat "$work/out")"

# Without labels nothing is said of accuracy.
cut -f1 "$data/sst2-dev.tsv" | head -n 50 >"$work/unlabelled.tsv"
run "$work/unlabelled.tsv" --compare f32,int8 --unlabelled --model "$model" --json -
expect "exit code" "$code" 0
expect_json '"rows":49,"labelled":0'
expect_json '{"precision":"int8","right":null,"calibration_error":null}'

run "$work/two.tsv" --compare f32 --model "$model"
expect_failure 2 "--compare: expected two precisions"
run "$work/two.tsv" --compare f32,int4 --model "$model"
expect_failure 2 "--precision: expected auto, f32, bf16 or int8, found int4"
run "$work/two.tsv" --unlabelled --model "$model"
expect_failure 2 "--unlabelled: expected --compare"

finish
