# Split files, a process for each CPU: together the parts hold what one process writes. docs/large-inputs.md has these commands.
source "$(dirname "$0")/helper.sh"
export valence
export VALENCE_MODEL=$(dirname "$0")/../../data/models/heads6-gelu-f32
digest() { sha256sum | cut -c 1-16; }

seq 60000 | sed 's/.*/{"id": &, "text": "film & is good"}/' >"$work/in"
whole=$("$valence" --jsonl --scores --input "$work/in" | digest)

split --number=l/5 "$work/in" "$work/part."
parts=("$work"/part.??)
expect "parts" ${#parts[@]} 5
answer_parts() {
  printf '%s\0' "${parts[@]}" |
    xargs -0 -P 2 -I{} "$valence" --threads 1 --jsonl --scores --input {} --resume {}.answers
}

# The first time everything is killed in the midst.
set -m  # a process group of its own
answer_parts 2>/dev/null &
while [ ! -s "${parts[2]}.answers" ]; do kill -0 $! || break; done
kill -s KILL -- -$!
{ wait $!; } 2>/dev/null
set +m
before=$(cat "${parts[@]/%/.answers}" 2>/dev/null | wc -l)
[ "$before" -lt 60000 ] || failed "expected fewer than 60000 lines after the kill, found $before"
# Nobody holds the outputs any more once the killed processes are gone.
for part in "${parts[@]}"; do [ ! -e "$part.answers" ] || flock "$part.answers" true; done

answer_parts
expect "exit code of xargs" $? 0
expect "digest of the parts" "$(cat "${parts[@]/%/.answers}" | digest)" "$whole"
echo "split, xargs killed after $before lines and run again: $(cat "${parts[@]/%/.answers}" | wc -l) lines, $whole"

# GNU parallel, where it is installed, cuts a stream into parts by itself.
if parallel --version 2>/dev/null | grep -q '^GNU parallel'; then
  piped=$(parallel --will-cite --pipe --keep-order --jobs 2 --block 500k "$valence" --threads 1 --jsonl --scores \
    <"$work/in" | digest)
  expect "digest of parallel --pipe" "$piped" "$whole"
  rm "$work"/*.answers
  printf '%s\n' "${parts[@]}" |
    parallel --will-cite --jobs 2 "$valence" --threads 1 --jsonl --scores --input {} --resume {}.answers
  expect "digest of parallel with files" "$(cat "${parts[@]/%/.answers}" | digest)" "$whole"
  echo "GNU parallel: $piped"
fi

# A part that fails makes xargs fail.
echo 'no JSON' >>"${parts[2]}"
rm "$work"/*.answers
answer_parts 2>"$work/err"
expect "exit code of xargs with a bad line" $? 123
expect_match "its message" "$(cat "$work/err")" 'valence: error: 1 of [0-9]+ lines could not be read'

finish
