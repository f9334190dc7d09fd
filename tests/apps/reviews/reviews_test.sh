# Reviews: shares as the reference model's labels say, sentences as the tool's own answers to each sentence say.
source "$(dirname "$0")/../valence/helper.sh"
data=$(dirname "$0")/../../data
tool=$3

# The SST-2 development sentences as reviews of four products (these are ours): labels by transformers' logits (f32).
awk -F '\t' -v OFS='\t' 'NR == 1 { print "product", "text"; next } { print "p" NR % 4, $1 }' "$data/sst2-dev.tsv" >"$work/reviews.tsv"
awk '{ p = "p" (NR + 1) % 4; n[p]++; k[p] += $2 > $1 } END { for (p in n) print p, n[p], k[p] }' \
  "$data/sst2-dev-default-logits.txt" | sort >"$work/expected"
"$valence" --precision f32 --json --sentences 5 "$work/reviews.tsv" >"$work/out" 2>"$work/err"
expect "exit code" $? 0
expect "standard error" "$(cat "$work/err")" ""
sed -E 's/.*"product":"([^"]*)","reviews":([0-9]+),"positive":([0-9]+),.*/\1 \2 \3/' "$work/out" | sort |
  diff - "$work/expected" || failed "shares unlike the reference's"

# Those of single-sentence reviews are the reviews with the largest margins of the reference's logits.
awk '{ print $2 - $1, NR + 1 }' "$data/sst2-dev-default-logits.txt" | awk '$2 % 4 == 1' | sort -g >"$work/margins"
lines() { grep "\"product\":\"p1\"" "$work/out" | sed -E "s/.*\"$1\":\[([^]]*)\].*/\1/" | grep -oE '"line":[0-9]+' | cut -d : -f 2; }
found=$(lines negative_sentences | sort -n | tr '\n' ' ')
expect "lines of the five most negative" "$found" "$(head -n 5 "$work/margins" | cut -d ' ' -f 2 | sort -n | tr '\n' ' ')"
found=$(lines positive_sentences | sort -n | tr '\n' ' ')
expect "lines of the five most positive" "$found" "$(tail -n 5 "$work/margins" | cut -d ' ' -f 2 | sort -n | tr '\n' ' ')"

# Of longer reviews the sentence is quoted that speaks most for the review's side.
cat >"$work/reviews.csv" <<'END'
id,product,text
1,kettle,"It came on Tuesday in a box. It boils fast and looks lovely, we are delighted.
My cousin has the same one."
2,kettle,"The colour is red. The lid broke after a week, a dreadful waste of money. It was delivered by a van."
3,"kettle, red",Great.
END
run "$work/reviews.csv"
expect "exit code of CSV" "$code" 0
expect_match "rows" "$out" 'kettle: 2 reviews, 50\.0 % positive \(95 % interval 9\.5 to 90\.5 %\), too few to conclude
  \+ 0\.9[0-9]+  line 2: It boils fast and looks lovely, we are delighted\.
  - 0\.0[0-9]+  line 4: The lid broke after a week, a dreadful waste of money\.
kettle, red: 1 review, 100\.0 % positive \(95 % interval 20\.7 to 100\.0 %\), too few to conclude
  \+ 0\.9[0-9]+  line 5: Great\.'
answer=$("$tool" --scores "The lid broke after a week, a dreadful waste of money.")
quoted=$(grep -oE -- '- 0\.[0-9]+' <<<"$out" | cut -c 3-)
[[ $answer =~ \"POSITIVE\":([0-9.e-]+) ]]
expect "its probability" "$quoted" "$(printf %.4f "${BASH_REMATCH[1]}")"

# Equal reviews are quoted once.
{ echo "product	text"; yes $'kettle\tA lovely kettle.' | head -n 50; } >"$work/in.tsv"
run --sentences 3 "$work/in.tsv"
expect "quotations of equal reviews" "$(grep -c line <<<"$out")" 1
run --sentences 0 "$work/in.tsv"
expect_match "no quotations" "$out" 'kettle: 50 reviews, 100\.0 % positive .*, mostly positive'

# Grouped rows are answered as the next product begins, in input order.
mkfifo "$work/pipe" "$work/answers"
timeout 60 "$valence" --grouped --format jsonl <"$work/pipe" >"$work/answers" 2>/dev/null &
exec 8>"$work/pipe" 9<"$work/answers"
printf '{"product": "%s", "text": "Great."}\n' b b a >&8
read -r -t 60 answer <&9 || failed "no product before the input ended"
expect_match "the first product" "$answer" 'b: 2 reviews, .*'
exec 8>&-
expect "the product after it" "$(grep -c '^a: 1 review,' <&9)" 1
exec 9<&-
wait $!

# Numbers as products keep their digits: two that are equal as doubles are two.
printf '{"product": %s, "text": "Great."}\n' 12345678901234567890123 12345678901234567890124 19.90 >"$work/in.jsonl"
run --sentences 0 "$work/in.jsonl"
expect "numbers as products" "$(cut -d : -f 1 <<<"$out")" $'12345678901234567890123\n12345678901234567890124\n19.90'

# Bad rows are named and counted, the others go on.
printf 'product\ttext\nkettle\tGreat.\nkettle\nkettle\t \na\tb\tc\nkettle\tAwful.\n' >"$work/in.tsv"
run "$work/in.tsv"
expect "exit code with bad rows" "$code" 1
expect_match "the good rows" "$(head -n 1 <<<"$out")" 'kettle: 2 reviews, 50\.0 % .*'
expect "standard error" "$err" "valence-reviews: $work/in.tsv:3: expected 2 columns, found 1
valence-reviews: $work/in.tsv:4: expected a text in \"text\", found a blank one
valence-reviews: $work/in.tsv:5: expected 2 columns, found 3
valence-reviews: error: $work/in.tsv: 3 of 5 rows could not be used"

run --product brand "$work/in.tsv"
expect_error 1 "expected a column \"brand\", found product, text"
run <"$work/in.tsv"
expect_error 2 "--format: expected tsv, csv or jsonl, or a FILE named so, found neither"
run --format xml "$work/in.tsv"
expect_error 2 "--format: expected tsv, csv or jsonl, found xml"
run "$work/none.tsv"
expect_error 1 "none.tsv: No such file or directory"

finish
