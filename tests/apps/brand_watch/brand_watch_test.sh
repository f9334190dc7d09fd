# Brand watch: hours counted as the reference model's labels say, late and bad posts, files that grow, are rotated or truncated.
source "$(dirname "$0")/../valence/helper.sh"
data=$(dirname "$0")/../../data

# hours FILE: "from posts positive" of the rows that stand, in order.
hours() {
  sed -E 's/.*"from":"([^"]*)".*"posts":([0-9]+),"positive":([0-9]+),.*/\1 \2 \3/' "$1" |
    awk '{ last[$1] = $0 } END { for (hour in last) print last[hour] }' | sort
}

# A file that grows, is rotated and is truncated. Each post is in the last row of its hour. Most of this is waiting, so it runs
# in the background, with files of its own.
post() { printf '{"text": "%s", "time": %s}\n' "$1" "$2"; }
follow_a_file() {
  post Great. 7200 >"$work/log"
  timeout 100 "$valence" --json --follow --patience 6 "$work/log" >"$work/followed" 2>"$work/follow_err" &
  wait_for() {  # wait_for POSTS HOUR
    for _ in $(seq 300); do
      hours "$work/followed" | grep -q "T$2:00:00Z $1 " && return
      sleep 0.1
    done
    failed "no row of hour $2 with $1 posts: $(hours "$work/followed" | tr '\n' ' ')"
  }
  wait_for 1 02  # by the clock, as nothing more is there
  printf '{"text": "Awful.", ' >>"$work/log"
  sleep 0.3
  echo '"time": 7201}' >>"$work/log"
  wait_for 2 02
  mv "$work/log" "$work/log.1"
  post Great. 7202 >>"$work/log.1"  # its writer has not noticed yet
  post Great. 10800 >"$work/log"
  wait_for 3 02
  wait_for 1 03
  printf '{"text": "Gre' >>"$work/log"
  sleep 0.5
  post Great. 14400 >"$work/log"  # cut, with half a line lost
  wait_for 1 04
  rm "$work/log"
  sleep 0.5
  post Great. 18000 >"$work/log"
  wait_for 1 05
  wait $!
  expect "exit code of following, with half a line lost" $? 1
  expect_match "the half line" "$(head -n 1 "$work/follow_err")" "valence-brand-watch: $work/log:5: not JSON: .*"
  expect "hours of the file" "$(hours "$work/followed")" "1970-01-01T02:00:00Z 3 2
1970-01-01T03:00:00Z 1 1
1970-01-01T04:00:00Z 1 1
1970-01-01T05:00:00Z 1 1"
  finish
}
follow_a_file &
follower=$!

# 400 of the SST-2 development sentences as posts, one every 47 seconds from 22:13:20 on (these times are ours), a quarter of
# them not in seconds since 1970 but in another zone's time. Labels are those of transformers' logits (f32).
sed -n 2,401p "$data/sst2-dev.tsv" | cut -f 1 | sed 's/["\\]/\\&/g' >"$work/texts"
awk -v "start=1700000000" -v "quote=\"" '{
  t = start + NR * 47
  if (NR % 4 == 0) { d = t + 19800 - 1699920000; t = sprintf("%s2023-11-%02dT%02d:%02d:%02d+05:30%s", quote, 14 + int(d / 86400),
                     int(d / 3600) % 24, int(d / 60) % 60, d % 60, quote) }
  print "{\"text\": \"" $0 "\", \"time\": " t "}" }' "$work/texts" >"$work/posts.jsonl"
head -n 400 "$data/sst2-dev-default-logits.txt" | awk '{ hour = int((1700000000 + NR * 47) / 3600); n[hour]++; k[hour] += $2 > $1 }
  END { for (hour in n) { t = hour * 3600 - 1699920000; printf "2023-11-%02dT%02d:00:00Z %d %d\n", 14 + int(t / 86400),
        int(t / 3600) % 24, n[hour], k[hour] } }' | sort >"$work/expected"
"$valence" --precision f32 --json "$work/posts.jsonl" >"$work/out" 2>"$work/err"
expect "exit code" $? 0
hours "$work/out" | diff - "$work/expected" || failed "hours unlike the reference's"
expect "hours" "$(wc -l <"$work/out")" "$(wc -l <"$work/expected")"
expect "summary" "$(cat "$work/err")" \
  "valence-brand-watch: 400 rows: 400 posts counted, 0 of them after their hour was printed"

# From a pipe the same; plain lines say it in words.
"$valence" --precision f32 <"$work/posts.jsonl" >"$work/plain" 2>/dev/null
read -r hour posts positive <"$work/expected"
expect_match "a plain row" "$(head -n 1 "$work/plain")" \
  "$hour  $posts posts  [0-9.]+ % positive \(95 % interval [0-9.]+ to [0-9.]+ %\), (undecided|mostly [a-z]+)"

# In any order the rows that stand are the same.
awk '{ print (NR * 7919) % 400, $0 }' "$work/posts.jsonl" | sort -n | cut -d ' ' -f 2- >"$work/shuffled"
"$valence" --precision f32 --json "$work/shuffled" >"$work/out" 2>/dev/null
hours "$work/out" | awk '$2 > 0' | diff - "$work/expected" || failed "hours of posts out of order unlike the reference's"
grep -q '"revised":true' "$work/out" || failed "no hour was revised"
"$valence" --precision f32 --json --late 999999 "$work/shuffled" >"$work/out" 2>/dev/null
expect "rows where posts may be late by all their time" "$(wc -l <"$work/out")" "$(wc -l <"$work/expected")"

# Only posts that name a brand, as a word, in any case.
printf '{"text": "%s", "time": 0}\n' "I love acme." "#ACME is fine" "acmes" "macme" "Acme" "I love Zenith" >"$work/in"
run --brand acme --brand zenith --few 4 "$work/in"
expect_match "posts that name it" "$out" '1970-01-01T00:00:00Z  4 posts .*'

# Bad rows are named and counted, the others go on; too few posts are said to be too few.
printf '%s\n' '{"text": "Great.", "time": "2026-01-01T00:00:00Z"}' 'x' '{"text": "Great."}' '{"text": "Great.", "time": null}' \
  '{"text": "Great.", "time": "soon"}' '{"text": "Great.", "time": 1795470498000}' '{"text": "Great.", "time": -1}' \
  '{"text": 5, "time": 1}' '{"text": " ", "time": 1}' '{"time": 1}' '[]' '{"text": "Awful.", "time": 1767229200}' >"$work/in"
run "$work/in"
expect "exit code with bad rows" "$code" 1
expect_match "rows" "$out" '2026-01-01T00:00:00Z  1 post  100\.0 % positive \(95 % interval 20\.7 to 100\.0 %\), too few to conclude
2026-01-01T01:00:00Z  1 post  0\.0 % positive \(95 % interval 0\.0 to 79\.3 %\), too few to conclude'
for line in '2: not JSON: .*' '3: expected a value in "time", found none' '4: expected a value in "time", found none' \
  '5: expected a time as 2026-11-23T21:48:18Z or in Unix seconds, found "soon"' '6: expected a time that is not in the future .*' \
  '7: expected a time since 1970, found "-1"' '8: expected a string in "text", found number' \
  '9: expected a text in "text", found a blank one' '10: expected a value in "text", found none' '11: .*found array'; do
  grep -Eqx "valence-brand-watch: $work/in:$line" "$work/err" || failed "no message like '$line'"
done
expect "the last message" "$(tail -n 1 "$work/err")" "valence-brand-watch: error: $work/in: 10 of 12 rows could not be used"

# A post whose clock is fast closes no hour: those after it are not late.
now=$(date +%s)
hour=$((now / 3600 * 3600))
for time in $((hour - 7200)) $((now + 80000)) $((hour - 3000)) $((hour - 2000)); do
  printf '{"text": "Great.", "time": %s}\n' "$time"
  sleep 0.3
done | "$valence" --late 3600 --json >"$work/out" 2>"$work/err"
expect "posts after one of tomorrow" "$(grep -c '"revised":true' "$work/out")" 0
expect_match "late posts" "$(cat "$work/err")" '.* 4 posts counted, 0 of them after their hour was printed'

# Hours come while the input is still being written, and by the clock once nothing comes.
mkfifo "$work/pipe" "$work/answers"
timeout 60 "$valence" <"$work/pipe" >"$work/answers" 2>/dev/null &
exec 8>"$work/pipe" 9<"$work/answers"
post Great. 7300 >&8
post Great. 14000 >&8
read -r -t 60 answer <&9 || failed "no hour before the input ended"
expect_match "the first hour" "$answer" '1970-01-01T02:00:00Z  1 post .*'
exec 8>&- 9<&-
wait $!

# A reader that goes away while a file is followed ends it quietly.
"$valence" --follow --patience 60 "$work/posts.jsonl" 2>"$work/err" | head -n 1 >"$work/out"
expect "exit code with standard output closed" "${PIPESTATUS[0]}" 0

run "$work/none"
expect_error 1 "none: No such file or directory"
run --follow "$work/none"
expect_error 1 "none: No such file or directory"
run --follow
expect_error 2 "--follow: expected a FILE"
run --period 5 "$work/in"
expect_error 2 "--period: expected 60 to [0-9.e+]+, found 5"
run --label MAYBE "$work/in"
expect_error 2 "--label: expected a label of the model"

wait "$follower" || failed "following a file"
finish
