# Formats, labels, and rows that cannot be judged: named with their line, counted, left out.
source "$(dirname "$0")/helper.sh"

cat >"$work/rows.csv" <<'END'
text,label,source
"Great, and
funny.",1,web
Awful.,0,web
No label at all.,,web
What is this?,7,mail
"   ",1,mail
"He said "well".",1,mail
Too few columns.,1
"Never closed.,1,mail
I loved it.,positive,mail
END
run "$work/rows.csv" --model "$model" --json - --html "$work/page.html" --slice source
expect "exit code with rows left out" "$code" 0
expect "standard error" "$err" "valence-evaluate: $work/rows.csv:5: expected a label in \"label\", found none
valence-evaluate: $work/rows.csv:6: expected one of the labels 0, 1, NEGATIVE, POSITIVE, found \"7\"
valence-evaluate: $work/rows.csv:7: expected a text in \"text\", found an empty one
valence-evaluate: $work/rows.csv:8: expected a comma or a line end after the closing quote of field 1, found 'w'
valence-evaluate: $work/rows.csv:9: expected 3 columns, found 2
valence-evaluate: $work/rows.csv:10: expected the closing quote of a quoted field, found the end of the input (line 11)
valence-evaluate: error: $work/rows.csv: 6 of 9 rows could not be used"
expect_json '"rows":3,'
expect_json '"malformedrecord":{"rows":3,"first_lines":[8,9,10]}'
expect_json '"emptytext":{"rows":1,"first_lines":[7]}'
expect_json '"nolabel":{"rows":1,"first_lines":[5]}'
expect_json '"unknownlabel":{"rows":1,"first_lines":[6]}'
expect_json '"column":"source","slices":[{"value":"web"'
expect_json '"only_label":null'
grep -q 'Left out, malformed record: 3 rows, line 8, 9, 10' "$work/page.html" || failed "the page does not name the lines"
grep -q 'sample too small to conclude' "$work/page.html" || failed "the page does not say that three rows are too few"
run "$work/rows.csv" --model "$model" --strict
expect "exit code of --strict" "$code" 1
expect_match "the text is written all the same" "$(head -n 1 "$work/out")" "Evaluation of .*rows.csv"

# One label only, and no row at all.
printf 'text\tlabel\nGreat.\t1\nFine.\t1\n' >"$work/one.tsv"
run "$work/one.tsv" --model "$model"
expect "exit code with one label" "$code" 0
expect "message about one label" "$err" "valence-evaluate: $work/one.tsv:2: expected rows of several labels, found POSITIVE here and in all that follow"
grep -q 'All rows are labelled POSITIVE' "$work/out" || failed "the text does not name the only label"
run "$work/one.tsv" --model "$model" --strict
expect "exit code with one label, --strict" "$code" 1
printf 'text\tlabel\nGreat.\t5\n' >"$work/none.tsv"
run "$work/none.tsv" --model "$model"
expect_failure 1 "none.tsv: no row to judge: 1 of 1 were left out"
run --format tsv --model "$model" <<<$'text\tlabel'
expect_failure 1 "no row to judge"

# JSON lines, other columns, other labels, no header.
printf '%s\n' '{"review": "Great.", "stars": 5}' '{"review": "Awful.", "stars": 1}' '{"stars": 1}' '{"review": "x"' \
  '{"review": "Bad.", "stars": null}' >"$work/rows.jsonl"
run "$work/rows.jsonl" --text review --label stars --labels 1=NEGATIVE,5=POSITIVE --model "$model" --json -
expect "exit code of JSON lines" "$code" 0
expect_json '"rows":2,'
expect_json '"notext":{"rows":1,"first_lines":[3]}'
expect_json '"malformedrecord":{"rows":1,"first_lines":[4]}'
expect_json '"nolabel":{"rows":1,"first_lines":[5]}'
printf 'neg\tAwful.\npos\tGreat.\n' | "$valence" --format tsv --columns label,text --labels neg=NEGATIVE,pos=POSITIVE \
  --model "$model" --json - >"$work/out"
expect "exit code of standard input" $? 0
expect_json '"input":"standardinput"'
expect_json '"rows":2,'

# Refused, before anything is judged.
run "$work/rows.txt" --model "$model"
expect_failure 2 "--format: .*rows.txt"
run "$work/nowhere.tsv" --model "$model"
expect_failure 1 "nowhere.tsv: No such file"
run "$work/one.tsv" --model "$model" --label sentiment
expect_failure 1 'one.tsv: expected a column "sentiment", found text, label'
run "$work/one.tsv" --model "$model" --slice source
expect_failure 1 'expected a column "source"'
run "$work/one.tsv" --model "$model" --labels 1=GOOD
expect_failure 2 "--labels: .*NEGATIVE, POSITIVE.*GOOD"
run "$work/one.tsv" --model "$model" --bins 0
expect_failure 2 "--bins"
run "$work/one.tsv" --model "$model" --html - --json -
expect_failure 2 "--html"
run "$work/one.tsv" --model "$model" --html "$work/nowhere/page.html"
expect_failure 1 "nowhere/page.html: No such file"
mkdir "$work/full"
run "$work/rows.csv" --model "$work/none" --html "$work/full"
expect_failure 1 "full: Is a directory"  # before the model is loaded
echo before >"$work/full/page.html"
chmod 640 "$work/full/page.html"
run "$work/none.tsv" --model "$model" --html "$work/full/page.html"
expect "the earlier page after a run that failed" "$(cat "$work/full/page.html")" before
ln -s page.html "$work/full/link"
run "$work/one.tsv" --model "$model" --html "$work/full/link" --json "$work/full/figures"
expect "exit code of writing files" "$code" 0
grep -q '</html>' "$work/full/page.html" || failed "the page behind a link was not replaced"
expect "the page's mode" "$(stat -c %a "$work/full/page.html")" 640
expect "files in the folder" "$(ls "$work/full" | tr '\n' ' ')" "figures link page.html "
run "$work/one.tsv" --model "$data/models/heads2-multi-label-f16"
expect_failure 1 "expected a model that gives each text one label"
run --help
expect "exit code of --help" "$code" 0
run --version
expect_match "--version" "$out" 'valence-evaluate [0-9.]+'

finish
