# Plain text in, LABEL<TAB>probability<TAB>text out.
source "$(dirname "$0")/helper.sh"

number='[01]\.[0-9]{4}'
tab=$'\t'

run "A gorgeous, witty, seductive movie."
expect "exit code" "$code" 0
expect "standard error" "$err" ""
expect_match "a positive text" "$out" "POSITIVE${tab}(0\.9[0-9]{3}|1\.0000)${tab}A gorgeous, witty, seductive movie\."

run "The phone died after two days and support never answered."
expect_match "a negative text" "$out" "NEGATIVE$tab$number$tab.*"

run "Great." "Awful." "Great."
expect "labels in the order of the arguments" "$(cut -f1 <<<"$out" | tr '\n' ' ')" "POSITIVE NEGATIVE POSITIVE "
expect "texts in the order of the arguments" "$(cut -f3 <<<"$out" | tr '\n' ' ')" "Great. Awful. Great. "

printf 'Great.\n\nAwful.\r\n  a\tb  \nno end' >"$work/lines"
run <"$work/lines"
expect "texts of lines: empty one, CRLF, tab, no line end" "$(cut -f3- <<<"$out")" $'Great.\n\nAwful.\n  a\tb  \nno end'
from_stdin=$out
run --input "$work/lines"
expect "--input" "$out" "$from_stdin"

run </dev/null
expect "exit code of empty input" "$code" 0
expect "output of empty input" "$out" ""

run ""
expect_match "an empty argument" "$out" "[A-Z]+$tab$number$tab"

run "two"$'\n'"lines"
expect "a line end in an argument becomes a space" "$(cut -f3 <<<"$out")" "two lines"

run -- --info "-1 star"
expect "texts that look like options" "$(cut -f3 <<<"$out")" $'--info\n-1 star'
run "[a, b]" "{}" "- dash"
expect "texts that look like lists" "$(cut -f3 <<<"$out")" $'[a, b]\n{}\n- dash'

printf 'caf\xe9 \xff ok\n' >"$work/bad"
run --input "$work/bad"
expect "exit code of ill-formed UTF-8" "$code" 0
cut -f3 "$work/out" | cmp -s - "$work/bad" || failed "ill-formed UTF-8 is not written as it was read"

# Windows of several sizes, each answer beside its own text.
seq 3000 | sed 's/.*/film &/' >"$work/many"
run --input "$work/many"
expect "exit code of many lines" "$code" 0
cut -f3 "$work/out" | cmp - "$work/many" || failed "many lines come back in another order"

head -c 10000000 /dev/zero | tr '\0' x >"$work/giant"
run --input "$work/giant"
expect "exit code of a line of 10 MB" "$code" 0
expect "bytes of its answer" "$(cut -f3 "$work/out" | wc -c)" 10000001

finish
