# --prepare, --long-text and --stride: what the model then reads, and what is refused.
source "$(dirname "$0")/helper.sh"

text='@bob I LOVED it: https://x.org/bad, call +1 555 123 4567 or a@b.org, not bad!'
run --tokenize --prepare all "$text"
expect "exit code of --prepare" "$code" 0
expect_match "the prepared text" "$out" '.*"prepared":"  loved : , call   , not bad!",.*'
expect_match "the text as it came" "$out" '\{"text":"@bob I LOVED it.*'
run --tokenize "$text"
expect_match "no prepared text without --prepare" "$out" '\{"text":[^}]*bad!","tokens".*'

run --logits --prepare urls,user-names,stop-words "@bob the film is good https://x.org"
prepared=${out#*\"label\"}
run --logits "film good"
expect "the answer is the prepared text's" "$prepared" "${out#*\"label\"}"
run --prepare urls "$text"
expect_match "plain output shows the text as it came" "$out" $'[A-Z]+\t[0-9.]+\t@bob I LOVED it: https.*'

words="one two three four five six seven eight"
run --tokens --max-tokens 5 "$words"
expect_match "truncate is the default" "$out" '.*"truncated":true,"tokens":\[101,2028,2048,2093,102\]\}'
run --tokens --max-tokens 5 --long-text first-and-last "$words"
expect_match "--long-text first-and-last" "$out" '.*"truncated":true,"tokens":\[101,2028,2698,2809,102\]\}'
run --tokens --max-tokens 5 --long-text mean-of-windows "$words"
expect_match "--long-text mean-of-windows" "$out" \
  '.*"truncated":false,"tokens":\[\[101,2028,2048,2093,102\],\[101,2176,2274,2416,102\],\[101,2416,2698,2809,102\]\]\}'
run --tokens --max-tokens 5 --long-text mean-of-windows --stride 2 "one two three four five"
expect_match "--stride" "$out" '.*"tokens":\[\[101,2028,2048,2093,102\],\[101,2093,2176,2274,102\]\]\}'
run --tokens --max-tokens 5 --long-text mean-of-windows "one"
expect_match "a short text has one window" "$out" '.*"tokens":\[\[101,2028,102\]\]\}'

run --info --long-text mean-of-windows --stride 100 --prepare stop-words,urls
expect "--info, long texts" "$(grep '^long texts' <<<"$out")" "long texts  mean-of-windows, stride 100"
expect "--info, taken out" "$(grep '^taken out' <<<"$out")" "taken out   urls,stop-words"
run --info
expect "--info, defaults" "$(grep -E '^(long|taken|activation)' <<<"$out")" $'activation  gelu\nlong texts  truncate\ntaken out   nothing'

run --prepare urls,emails "Great."
expect_error 2 '--prepare: expected .*found "emails"'
run --prepare urls, "Great."
expect_error 2 '--prepare: expected .*found ""'
run --long-text middle "Great."
expect_error 2 "--long-text: expected .*found middle"
run --stride 5 "Great."
expect_error 2 "--stride: expected --long-text mean-of-windows"
run --long-text mean-of-windows --stride -5 "Great."
expect_error 2 "--stride: expected 0 or more, found -5"
run --long-text mean-of-windows --stride 511 "Great."
expect_error 2 "stride: expected 0 to 510 .*found 511"
run --long-text mean-of-windows --max-tokens 2 "Great."
expect_error 2 "max_tokens"
run --tokenize --long-text first-and-last "Great."
expect_error 2 "--tokenize"

finish
