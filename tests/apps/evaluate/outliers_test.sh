# A model that does not tolerate int8 is found by --compare: its labels change, also those of which f32 was sure.
# The fourth argument is the program that makes it.
source "$(dirname "$0")/helper.sh"

"$4" "$model" "$work/outliers" || failed "no model with outliers"
head -n 301 "$data/sst2-dev.tsv" >"$work/dev.tsv"
right_in_f32() { tr -d ' \n' <"$work/out" | grep -o '{"precision":"f32","right":[0-9]*'; }
changed() { sed -n 's/^ *"changed": \([0-9]*\),$/\1/p' "$work/out"; }
run "$work/dev.tsv" --model "$model" --compare f32,int8 --json -
expect "exit code" "$code" 0
without=$(right_in_f32)
[ "$(changed)" -le 2 ] || failed "$(changed) labels of 300 changed without outliers"
run "$work/dev.tsv" --model "$work/outliers" --compare f32,int8 --json -
expect "exit code" "$code" 0
expect "right in f32" "$(right_in_f32)" "$without"
[ "$(changed)" -ge 30 ] || failed "outliers changed $(changed) labels of 300"
sed -n '/"scores": \[/{n;s/[ ,]//gp}' "$work/out" | awk '$1 > 0.9 { sure = 1 } END { exit !sure }' ||
  failed "no label of which f32 was sure changed"

finish
