# Man pages and shell completions of all programs, as the build wrote them: well-formed, with every option of --help, and
# bash and fish complete with them. Argument: the build tree.
set -eu
export LC_ALL=C.UTF-8
build=$1
share=$build/share
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
failed() {
  echo "FAILED: $*" >&2
  failures=$((failures + 1))
}
has() { command -v "$1" >/dev/null; }

# complete_bash WORD ..: what bash offers for the last word. An "=" in a word makes words of its own, as in bash.
complete_bash() {
  bash -c '
    compopt() { :; }  # outside a completion it is an error
    source "$1"
    shift
    mapfile -t COMP_WORDS < <(printf "%s\n" "$@" | sed "s/=/\n=\n/g")
    [ -n "${COMP_WORDS[-1]}" ] || [ "${COMP_WORDS[-2]}" != = ] || unset "COMP_WORDS[-1]"
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    "$(complete -p "$1" | sed "s/.*-F \([^ ]*\) .*/\1/")"
    printf "%s\n" "${COMPREPLY[@]}"' bash "$share/bash-completion/completions/$1" "$@"
}
# offers_bash EXPECTED WORD ..: EXPECTED is all that is offered, with spaces between.
offers_bash() {
  local found
  found=$(complete_bash "${@:2}" | LC_ALL=C sort | tr '\n' ' ')
  [ "$found" = "${1:+$1 }" ] || [ "$found" = "${1:- }" ] || failed "bash completes '${*:2}' with '$found', expected '$1'"
}

programs=("$build"/bin/valence*)
[ ${#programs[@]} -ge 6 ] || failed "only ${#programs[@]} programs in $build/bin"
mkdir -p "$work/folder/in" "$work/folder/out"
touch "$work/folder/input file"
for program in "${programs[@]}"; do
  name=$(basename "$program")
  page=$share/man/man1/$name.1
  zsh=$share/zsh/site-functions/_$name
  fish=$share/fish/vendor_completions.d/$name.fish
  for file in "$page" "$share/bash-completion/completions/$name" "$zsh" "$fish"; do
    [ -s "$file" ] || failed "$file: missing or empty"
  done
  "$program" --documentation=man | cmp -s - "$page" || failed "$page: not what the program writes"

  # Without a date mandoc warns; a date would change with every build.
  if has mandoc; then
    mandoc -Tlint -W warning "$page" | grep -v 'missing date' && failed "$page: mandoc warns"
  fi
  if has man; then
    warnings=$(MANROFFSEQ= MANWIDTH=100 man --warnings -E UTF-8 -l -Tutf8 -Z "$page" 2>&1 >/dev/null)
    [ -z "$warnings" ] || failed "$page: man warns: $warnings"
  fi
  if has zsh; then zsh -n "$zsh" || failed "$zsh: no zsh"; fi
  if has fish; then fish --no-execute "$fish" || failed "$fish: no fish"; fi

  "$program" --help | grep -oE '^  (-h,)?--?[a-z][a-z-]*' | tr -d ' ' | tr , '\n' >"$work/options"
  least=10
  [ "$name" != valence-quantize ] || least=4
  [ "$(wc -l <"$work/options")" -ge "$least" ] || failed "$name: fewer than $least options found in --help"
  sed 's/\\-/-/g; s/\\f[BRI]//g' "$page" >"$work/page"
  offered=$(complete_bash "$name" -)
  while read -r option; do
    grep -qE "^(-h, )?$option( |\$)" "$work/page" || [ "$option" = -h ] || failed "$page: no $option"
    grep -qxF -e "$option" <<<"$offered" || failed "bash completes '$name -' without $option"
    grep -qE "^  '$option[=+]?\\[" "$zsh" || failed "$zsh: no $option"
    grep -qE " -(l ${option#--}|s ${option#-})( |\$)" "$fish" || failed "$fish: no $option"
  done <"$work/options"
  [ "$(grep -c . <<<"$offered")" = "$(wc -l <"$work/options")" ] || failed "bash offers options of $name that --help does not have"

  [ "$name" != valence-quantize ] || continue  # it runs no model
  offers_bash "f32" "$name" --precision f
  offers_bash "auto bf16 f32 int8" "$name" --precision=
  offers_bash "bf16" "$name" --precision=b
  offers_bash "" "$name" --threads ""
  if [ "$name" = valence-server ]; then
    offers_bash "$work/folder/in" "$name" --model "default=$work/folder/i"
  else
    offers_bash "$work/folder/in" "$name" --model "$work/folder/i"
  fi
done
offers_bash "$work/folder/in $work/folder/input file" valence --input "$work/folder/in"
offers_bash "$work/folder/in $work/folder/input file" valence-reviews "$work/folder/in"
offers_bash "--tokenize --tokens" valence --input x --tok
offers_bash "" valence Gre

if has fish; then
  # offers_fish EXPECTED LINE
  offers_fish() {
    local found
    found=$(HOME=$work fish --no-config -c "source $share/fish/vendor_completions.d/${2%% *}.fish; complete -C '$2'" |
      cut -f 1 | tr '\n' ' ')
    [ "$found" = "$1 " ] || failed "fish completes '$2' with '$found', expected '$1'"
  }
  offers_fish "--tokenize --tokens" "valence --tok"
  offers_fish "f32" "valence --precision f3"
  offers_fish "$work/folder/in/" "valence --model $work/folder/in"
  offers_fish "default=$work/folder/in/" "valence-server --model default=$work/folder/in"
fi
if has zsh; then
  # With _arguments replaced: a specification for each option, and a repeatable one for the texts.
  count=$(zsh -f -c '_arguments() { shift; print -l -- $@ }; source $1' zsh "$share/zsh/site-functions/_valence" | wc -l)
  "${programs[0]}" --help | grep -oE '^  (-h,)?--?[a-z][a-z-]*' | tr , '\n' >"$work/options"
  [ "$count" = $(($(wc -l <"$work/options") + 1)) ] || failed "zsh reads $count specifications of valence"
fi
"${programs[0]}" --documentation=html 2>"$work/error" && failed "--documentation=html was accepted"
grep -q 'expected man, bash, zsh or fish, found html' "$work/error" || failed "--documentation=html: $(cat "$work/error")"

[ $failures = 0 ] || exit 1
for tool in mandoc man zsh fish; do has $tool || echo "not checked, as it is not installed: $tool"; done
echo "${#programs[@]} programs checked"
