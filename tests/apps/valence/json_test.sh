# JSON lines in and out, and the options that add fields.
source "$(dirname "$0")/helper.sh"

number='-?[0-9]+(\.[0-9]+)?(e-[0-9]+)?'

echo '{"id": 12345678901234567, "b": [1, null], "text": "Great.", "a": "\u00e9"}' >"$work/in"
run --jsonl --input "$work/in"
expect "exit code" "$code" 0
expect_match "own keys first, in their order" "$out" \
  '\{"id":12345678901234567,"b":\[1,null\],"text":"Great\.","a":"'$'\xc3\xa9''","label":"POSITIVE","score":'"$number"',"truncated":false\}'

for digits in 1234567890123456789012 18446744073709551616 19.90 1E-400 1e400 -0 NaN -Infinity; do
  echo "{\"n\": $digits, \"a\": [{\"b\": $digits}], \"text\": \"Great.\"}" >"$work/in"
  run --jsonl --input "$work/in"
  expect "exit code with $digits" "$code" 0
  expect_match "$digits comes out as it came in" "$out" "\\{\"n\":$digits,\"a\":\\[\\{\"b\":$digits\\}\\],\"text\":.*"
done

# Blank lines are no lines of JSON.
printf '%s\n' '' '{"text": "Great."}' '' $' \t\r' '{"text": "Awful."}' '' >"$work/in"
run --jsonl --input "$work/in"
expect "exit code with blank lines" "$code" 0
expect "labels between blank lines" "$(grep -o '"label":"[A-Z]*"' <<<"$out" | tr '\n' ' ')" '"label":"POSITIVE" "label":"NEGATIVE" '

echo '{"label": "gold", "text": "Great."}' >"$work/in"
run --jsonl --input "$work/in"
expect_match "a key of the same name is replaced" "$out" '\{"label":"POSITIVE","text":"Great\.","score":.*\}'

echo '{"a": {"x": 1, "y": {}, "x": [2, {"z": 1.50, "z": -0}]}, "b": 2, "text": "Awful.", "a": 3, "": null, "text": "Great."}' >"$work/in"
run --jsonl --input "$work/in"
expect_match "of equal keys the last value, in the first one's place" "$out" '\{"a":3,"b":2,"text":"Great\.","":null,"label":"POSITIVE",.*\}'
sed -i 's/"a": 3, //' "$work/in"
run --jsonl --input "$work/in"
expect_match "inner objects, too" "$out" '\{"a":\{"x":\[2,\{"z":-0\}\],"y":\{\}\},"b":2,.*\}'

# Time grows with the length of a line, not with the square of the keys or values in it: that would take a minute.
{
  echo "{\"text\": \"Great.\"$(seq -f ', "%.0f": 0' 200000)}"
  echo "{\"text\": \"Great.\", \"a\": [0$(seq -f ', {"a": %.0f}' 200000)]}"
} | sed -z 's/\n, /, /g' >"$work/in"
(ulimit -t 15; exec "$valence" --jsonl --input "$work/in" >"$work/out")  # of CPU time: a busy machine changes nothing
expect "exit code of lines with 200,000 keys and 200,000 objects" $? 0
expect "their answers" "$(grep -c '"label":"POSITIVE"' "$work/out")" 2

run --scores "Great."
expect_match "--scores" "$out" '\{"text":"Great\.","label":"POSITIVE","score":('"$number"'),"truncated":false,"scores":\{"NEGATIVE":'"$number"',"POSITIVE":('"$number"')\}\}'
[[ $out =~ \"score\":([0-9.e-]+),.*\"POSITIVE\":([0-9.e-]+) ]] && expect "the score is the label's" "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
run --logits "Great."
expect_match "--logits" "$out" '.*"truncated":false,"logits":\['"$number,$number"'\]\}'
run --tokens "Great."
expect_match "--tokens" "$out" '.*"truncated":false,"tokens":\[101,2307,1012,102\]\}'
run --tokens --logits --scores "Great."
expect_match "all three" "$out" '.*"truncated":false,"scores":\{.*\},"logits":\[.*\],"tokens":\[.*\]\}'

run --tokenize "unbelievableness"
expect "--tokenize" "$out" \
  '{"text":"unbelievableness","tokens":[101,23653,2791,102],"pieces":["[CLS]","unbelievable","##ness","[SEP]"],"truncated":false}'
run --tokenize --max-tokens 3 "unbelievableness"
expect_match "--tokenize, cut" "$out" '.*"tokens":\[101,23653,102\],.*"truncated":true\}'
run --max-tokens 3 --tokens "unbelievableness"
expect_match "--max-tokens" "$out" '.*"truncated":true,"tokens":\[101,23653,102\]\}'
# As many tokens as classification reads, where config.json alone states the limit (40).
small=$(dirname "$0")/../../data/models/heads6-gelu-f32
long=$(yes good | head -n 120 | tr '\n' ' ')
tokens() { grep -oE '"tokens":\[[0-9,]*\]' <<<"$out"; }
run --model "$small" --tokens "$long"
expected=$(tokens)
run --model "$small" --tokenize "$long"
expect "tokens at the model's limit" "$(tokens)" "$expected"
expect "their number" "$(tokens | tr , '\n' | wc -l)" 40

mkdir "$work/no_weights"
cp "$model"/tokenizer* "$model"/vocab.txt "$work/no_weights"
run --tokenize --model "$work/no_weights" "Great."
expect_match "--tokenize reads no weights and no config" "$out" '.*"tokens":\[101,2307,1012,102\].*'
echo '{"text": "Great."}' >"$work/in"
run --tokenize --jsonl --input "$work/in"
expect_match "--tokenize --jsonl" "$out" '\{"text":"Great\.","tokens":\[101,2307,1012,102\],.*'

run --scores $'caf\xe9\ttab "quoted"'
expect_match "ill-formed UTF-8 in JSON output is U+FFFD" "$out" '\{"text":"caf'$'\xef\xbf\xbd''\\ttab \\"quoted\\"","label".*'

# Lines that cannot be read are answered in their place.
deep=$(head -c 100000 /dev/zero | tr '\0' '[')
printf '%s\n' '{"text": "Great."}' 'no JSON' '' '{"a": 1}' '["text"]' '{"text": 4}' $'{"text": "\xff"}' \
  "{\"text\": \"x\", \"a\": $deep" '{"text": "Awful."}' >"$work/in"
for format in --jsonl "--jsonl --tokenize"; do
  run $format --input "$work/in"
  expect "exit code with bad lines" "$code" 1
  expect "messages about bad lines" "$err" "valence: $work/in:7: not UTF-8; for another encoding use --encoding windows-1252, latin-1 or utf-16
valence: error: 6 of 9 lines could not be read"
  expect_match "a good line before bad ones" "$(sed -n 1p <<<"$out")" '\{"text":"Great\.",.*\}'
  expect_match "not JSON" "$(sed -n 2p <<<"$out")" '\{"line":2,"error":"not JSON: .+"\}'
  expect "no text" "$(sed -n 3p <<<"$out")" '{"line":4,"error":"the object has no \"text\""}'
  expect "no object" "$(sed -n 4p <<<"$out")" '{"line":5,"error":"expected a JSON object, found array"}'
  expect "no string" "$(sed -n 5p <<<"$out")" '{"line":6,"error":"expected a string as \"text\", found number"}'
  expect_match "ill-formed UTF-8" "$(sed -n 6p <<<"$out")" '\{"line":7,"error":"not JSON: .+"\}'
  expect "nested too deep" "$(sed -n 7p <<<"$out")" '{"line":8,"error":"nested deeper than 200"}'
  expect_match "a good line after bad ones" "$(sed -n 8p <<<"$out")" '\{"text":"Awful\.",.*\}'
done


# The parser takes a NUL byte for the end of the text.
printf '{"text": "Great."}\0%s\n' '' 'junk' '{"text": "Awful."}' >"$work/in"
printf '\0\n{"text": "Gre\0at."}\n' >>"$work/in"
run --jsonl --input "$work/in"
for line in 1 2 3; do
  expect "a NUL byte after the object" "$(sed -n ${line}p <<<"$out")" \
    '{"line":'$line',"error":"not JSON: column 19: expected the end of the line, found a NUL byte"}'
done
expect_match "a NUL byte alone" "$(sed -n 4p <<<"$out")" '\{"line":4,"error":"not JSON: .+"\}'
expect_match "a NUL byte in a string" "$(sed -n 5p <<<"$out")" '\{"line":5,"error":"not JSON: .+"\}'

finish
