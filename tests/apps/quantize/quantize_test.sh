# valence-quantize from outside: its folder in the other programs, usage, an output that exists, a full disk, a kill.
# The third argument is the command line tool.
source "$(dirname "$0")/../valence/helper.sh"
tool=$3
sentences() { tail -n +2 "$(dirname "$0")/../../data/sst2-dev.tsv" | cut -f 1 | head -n 40; }
answers() { sentences | "$tool" --scores --precision int8 --model "$1"; }

run "$model" "$work/out8"
expect "exit code" "$code" 0
expect "standard output" "$out" ""
expect "standard error" "$err" ""
expect "answers in int8" "$(answers "$work/out8")" "$(answers "$model")"
expect_match "precision by auto" "$("$tool" --info --model "$work/out8" | grep '^precision')" 'precision +int8.*'
expect "permissions" "$(stat -c %a "$work/out8" "$work/out8/model.safetensors" | tr '\n' ' ')" \
  "$(mkdir "$work/like"; touch "$work/like/f"; stat -c %a "$work/like" "$work/like/f" | tr '\n' ' ')"

run --keep-embeddings "$model" "$work/kept"
expect "exit code of --keep-embeddings" "$code" 0
expect "answers with embeddings kept" "$(answers "$work/kept")" "$(answers "$model")"

run "$model" "$work/out8"
expect_error 2 "expected the name of a new folder"
run "$work/out8" "$work/twice"
expect_error 1 "quantization_config"
run "$work/none" "$work/other"
expect_error 1 "none"
run
expect_error 2 "MODEL"
run "$model"
expect_error 2 "OUT"
run "$model" "$work/a" "$work/b"
expect_error 2 "b"
expect "what is left behind" "$(ls -A "$work" | grep -vE '^(out|err|out8|kept|like)$')" ""

# Without AVX2 int8 is refused by name, and auto widens the weights to f32.
expect_match "int8 without AVX2" "$(ONEDNN_MAX_CPU_ISA=SSE41 "$tool" --precision int8 --model "$model" "Great." 2>&1)" \
  'valence: error: Options::precision: int8 needs a CPU with AVX2 and FMA; found instruction set sse41: use f32 or auto'
expect_match "auto without AVX2" "$(ONEDNN_MAX_CPU_ISA=SSE41 "$tool" --info --model "$work/out8" | grep '^precision')" 'precision +f32.*'
expect "label without AVX2" "$(ONEDNN_MAX_CPU_ISA=SSE41 "$tool" --model "$work/out8" "Great.")" "$("$tool" --precision f32 --model "$work/out8" "Great.")"

# A disk of 10 MB, where the system lets us mount one.
if unshare -rm true 2>/dev/null; then
  mkdir "$work/disk"
  unshare -rm bash -c 'mount -t tmpfs -o size=10m tmpfs "$1" && { "$2" "$3" "$1/o"; echo "exit $?"; ls -A "$1"; }' \
    bash "$work/disk" "$valence" "$model" >"$work/full" 2>&1
  if grep -q '^exit' "$work/full"; then
    expect_match "full disk" "$(cat "$work/full")" "valence-quantize: error: .*/disk/o: expected [0-9]+ bytes free on the disk, found [0-9]+
exit 1"
  fi
fi

# Killed at any moment it has written all of OUT or none.
for delay in 0.005 0.01 0.02 0.03 0.05 0.08 0.15; do
  { timeout -s KILL "$delay" "$valence" "$model" "$work/killed"; } 2>/dev/null
  [ ! -e "$work/killed" ] || expect "answers after a kill" "$(answers "$work/killed")" "$(answers "$model")"
  rm -rf "$work/killed"
done

finish
