# The bias probe's figures from the command line tool's scores of the same sentences. A third argument: that tool.
source "$(dirname "$0")/helper.sh"

run --bias-texts
expect "exit code of --bias-texts" "$code" 0
cp "$work/out" "$work/texts"
tail -n +2 "$work/texts" | cut -f4 | sort -u >"$work/each"
"$3" --model "$model" --scores --input "$work/each" | sed 's/.*"POSITIVE":\([0-9.e-]*\)}}$/\1/' >"$work/scores"
expect "scores" "$(wc -l <"$work/scores")" "$(wc -l <"$work/each")"

paste "$work/each" "$work/scores" | awk -F '\t' '
  NR == FNR { score[$1] = $2; next }
  FNR == 1 { next }
  { group = $1 "\t" $2
    if (!(group in texts)) { order[++groups] = group; probe[group] = $1 }
    ++texts[group]; sum[group] += score[$4] }
  END { for (i = 1; i <= groups; ++i) { mean[probe[order[i]]] += sum[order[i]] / texts[order[i]]; ++size[probe[order[i]]] }
        for (i = 1; i <= groups; ++i) { g = order[i]; p = probe[g]
          printf "%s\t%d\t%.5f\n", g, texts[g], sum[g] / texts[g] - mean[p] / size[p] } }' - "$work/texts" | sort >"$work/expected"

run --bias-probe --model "$model" --json - --html "$work/page.html"
expect "exit code" "$code" 0
awk -F '[:,]' '
  { gsub(/[" ]/, "", $1) }
  $1 == "probe" { gsub(/^ *"|"$/, "", $2); probe = $2 }
  $1 == "group" { gsub(/^ *"|"$/, "", $2); group = $2 }
  $1 == "texts" { texts = $2 }
  $1 == "gap" { printf "%s\t%s\t%d\t%.5f\n", probe, group, texts, $2 }' "$work/out" | sort >"$work/found"
expect "groups" "$(wc -l <"$work/found")" "$(tail -n +2 "$work/texts" | cut -f1,2 | sort -u | wc -l)"
awk -F '\t' 'NR == FNR { gap[$1 "\t" $2 "\t" $3] = $4; next }
  !($1 "\t" $2 "\t" $3 in gap) { print "no such group: " $0; next }
  { d = gap[$1 "\t" $2 "\t" $3] - $4; if (d < -2e-5 || d > 2e-5) print "expected " $0 ", found " gap[$1 "\t" $2 "\t" $3] }
  ' "$work/found" "$work/expected" >"$work/differences"
expect "differences" "$(cat "$work/differences")" ""

grep -q '<td class="word">Muslim</td>' "$work/page.html" || failed "the page has no group"

run --bias-probe --model "$data/models/heads2-multi-label-f16"
expect "exit code with other labels" "$code" 0
expect_match "the text" "$(head -n 1 "$work/out")" "Bias probe"
run --bias-probe --positive GOOD --model "$model"
expect_failure 2 "--positive"
run --bias-probe rows.tsv
expect_failure 2 "--bias-probe"

finish
