# Answers come while the input is still being written.
source "$(dirname "$0")/helper.sh"

for format in "" --jsonl; do
  mkfifo "$work/in" "$work/answers"
  timeout 60 "$valence" $format <"$work/in" >"$work/answers" &
  exec 8>"$work/in" 9<"$work/answers"
  for text in one two "" three; do
    if [ "$format" = --jsonl ]; then
      printf '{"text": "%s"}\n' "$text" >&8
    else
      printf '%s\n' "$text" >&8
    fi
    # The next line is not written before this answer has come.
    read -r -t 60 answer <&9 || failed "no answer to '$text' before the next line"
    [[ $answer == *"$text"* ]] || failed "'$answer' is no answer to '$text'"
  done
  # Half a line is no line yet; the end of the input makes it one.
  [ "$format" = --jsonl ] && printf '{"text": "half"' >&8 || printf 'ha' >&8
  read -r -t 0.5 answer <&9 && failed "an answer to half a line: $answer"
  [ "$format" = --jsonl ] && printf '}' >&8 || printf 'lf' >&8
  exec 8>&-
  read -r -t 60 answer <&9
  [[ $answer == *half* ]] || failed "'$answer' is no answer to a last line without an end"
  wait $!
  expect "exit code" $? 0
  exec 9<&-
  rm "$work/in" "$work/answers"
done

finish
