# The program from outside: start, answers, signals, exit codes.
source "$(dirname "$0")/../valence/helper.sh"
cli=$3

# start ARGUMENT ..: the server in the background, on a free port; sets $pid and $port
start() {
  "$valence" --listen 127.0.0.1:0 "$@" 2>"$work/log" &
  pid=$!
  for _ in $(seq 600); do
    port=$(sed -n 's/.*listening on 127.0.0.1:\([0-9]*\)$/\1/p' "$work/log")
    [ -z "$port" ] || return 0
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  failed "the server did not start: $(cat "$work/log")"
  finish
}

# request METHOD PATH [BODY]: leaves the status in $status and the body in $answer; without curl
request() {
  local length
  exec 4<>"/dev/tcp/127.0.0.1/$port"
  length=$(printf %s "${3:-}" | wc -c)
  printf '%s %s HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: %s\r\n\r\n%s' \
    "$1" "$2" "$length" "${3:-}" >&4
  cat <&4 >"$work/response"
  exec 4>&-
  status=$(head -n 1 "$work/response" | cut -d ' ' -f 2)
  answer=$(sed '1,/^\r$/d' "$work/response")
}

start --model "m=$model" --threads 2
request GET /health
expect "health" "$status" 200
request POST /predict '{"inputs": "I loved every minute."}'
expect "predict" "$status" 200
score=$("$cli" --model "$model" --scores "I loved every minute." | sed 's/.*"score":\([-0-9.e]*\),.*/\1/')
expect_match "the command line tool's score" "$answer" ".*\"score\":$score,.*"

# POST /classify is valence --jsonl. HTTP/1.0: the answer ends with the connection.
printf '{"text": "I loved it", "id": %s}\n' $(seq 300) >"$work/lines"
printf 'no JSON\n{"text": "the last, without a line end"}' >>"$work/lines"
exec 4<>"/dev/tcp/127.0.0.1/$port"
{
  printf 'POST /classify?scores&tokens HTTP/1.0\r\nContent-Type: application/x-ndjson\r\nContent-Length: %s\r\n\r\n' \
    "$(wc -c <"$work/lines")"
  cat "$work/lines"
} >&4
sed '1,/^\r$/d' <&4 >"$work/answers"
exec 4>&-
"$cli" --model "$model" --jsonl --scores --tokens <"$work/lines" >"$work/expected" 2>/dev/null
cmp "$work/answers" "$work/expected" || failed "POST /classify differs from valence --jsonl"

# SIGHUP loads the model anew; requests go on.
kill -HUP "$pid"
for _ in $(seq 100); do
  request POST /predict '{"inputs": "I loved every minute."}'
  expect "predict while loading" "$status" 200
  grep -q "loaded all models anew" "$work/log" && break
done
grep -q "loaded all models anew" "$work/log" || failed "SIGHUP loaded nothing"

# SIGTERM: what was accepted is answered, then exit code 0.
exec 5<>"/dev/tcp/127.0.0.1/$port"
texts=$(printf '["word word word %s"],' $(seq 2000))
body="{\"inputs\": [${texts%,}]}"
printf 'POST /predict HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: %s\r\n\r\n%s' "${#body}" "$body" >&5
sleep 0.1
kill -TERM "$pid"
timeout 60 cat <&5 >"$work/response"
expect_match "answer after SIGTERM" "$(head -n 1 "$work/response" | tr -d '\r')" "HTTP/1.1 200 OK"
expect "answers after SIGTERM" "$(grep -o '\[{' "$work/response" | wc -l)" 2000
wait "$pid"
expect "exit code after SIGTERM" "$?" 0

run --listen nonsense --model "m=$model"
expect_error 1 "--listen: expected HOST:PORT or unix:PATH, found \"nonsense\""
run --model "m=$work/missing" --listen 127.0.0.1:0
expect_error 1 "missing"
run --model "m=$model" --model "m=$model"
expect_error 2 "the name m comes twice"
run --drain nan
expect_error 2 "--drain"

finish
