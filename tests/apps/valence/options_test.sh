# --help, --version, --info, and what is refused with which exit code.
source "$(dirname "$0")/helper.sh"

run --help
expect "exit code of --help" "$code" 0
for option in --model --input --resume --jsonl --scores --logits --tokens --tokenize --threads --max-tokens --precision \
  --long-text --stride --prepare --encoding --strict --info --version --help VALENCE_MODEL VALENCE_MATMUL; do
  grep -q -e "$option" <<<"$out" || failed "--help does not mention $option"
done
help=$out
run -h
expect "-h" "$out" "$help"

run --version
expect_match "--version" "$out" 'valence [0-9]+\.[0-9]+\.[0-9]+'

run --info --threads 1 --precision f32 --max-tokens 100
expect "exit code of --info" "$code" 0
for line in 'cpu  ' 'features  ' 'matmuls  ' 'int8  ' 'oneDNN  ' 'kernels  ' 'precision +f32$' 'threads +1$' 'labels +NEGATIVE POSITIVE$' 'max tokens +100$' 'model  .*/default$'; do
  grep -Eq "^$line" <<<"$out" || failed "--info has no line '$line'"
done

run --precision auto "Great."
expect "--precision auto" "$code" 0
if grep -Eq 'avx512_bf16|amx_bf16' /proc/cpuinfo; then
  run --info --precision bf16
  expect "exit code of --precision bf16" "$code" 0
  grep -Eq '^precision +bf16$' <<<"$out" || failed "--precision bf16 is not what --info says"
else
  run --precision bf16 "Great."
  expect_error 1 "bf16"
fi
for threads in 0 1 3; do
  run --threads $threads "Great."
  expect "exit code of --threads $threads" "$code" 0
done

VALENCE_MODEL=$work/nowhere run "Great."
expect_error 1 "$work/nowhere"
VALENCE_MODEL=$work/nowhere run --model "$model" "Great."
expect "--model goes before VALENCE_MODEL" "$code" 0
VALENCE_MODEL=$model run --info
grep -q "^model  *$model\$" <<<"$out" || failed "VALENCE_MODEL is not what --info says"
VALENCE_MODEL=$work/nowhere run --tokenize "Great."
expect_error 1 "$work/nowhere"

VALENCE_MATMUL=mkl run "Great."
expect_error 2 "environment variable VALENCE_MATMUL: expected amx, onednn or nothing, found mkl"
VALENCE_MATMUL=onednn run --info
expect "exit code of VALENCE_MATMUL=onednn" "$code" 0
grep -Eq '^matmuls +(oneDNN|own)' <<<"$out" || failed "VALENCE_MATMUL=onednn is not what --info says"
VALENCE_MATMUL=amx VALENCE_TEST_AMX=refused run "Great."
expect_error 1 "environment variable VALENCE_MATMUL: expected a CPU and system with AMX for amx, found: Linux refused"
if grep -q ' avx2 ' /proc/cpuinfo && grep -q ' fma ' /proc/cpuinfo; then
  VALENCE_MATMUL=amx VALENCE_TEST_AMX=software run --info
  grep -q '^matmuls  *own, AMX in software$' <<<"$out" || failed "VALENCE_TEST_AMX=software is not what --info says"
  grep -q '^precision  *bf16$' <<<"$out" || failed "AMX in software does not run in bf16"
  grep -q '^int8  *amx_software$' <<<"$out" || failed "AMX in software is not what --info says of int8"
  VALENCE_INT8=avx2 run --info
  grep -q '^int8  *avx2$' <<<"$out" || failed "VALENCE_INT8=avx2 is not what --info says"
  VALENCE_INT8=sse2 run --info
  expect_error 2 "environment variable VALENCE_INT8: expected one of"
fi
if ! grep -q amx_tile /proc/cpuinfo; then  # nothing emulates AMX in this program
  VALENCE_TEST_AMX=emulated run "Great."
  expect_error 2 "environment variable VALENCE_TEST_AMX: expected a handler of SIGILL"
fi
if grep -q avx512_bf16 /proc/cpuinfo; then
  VALENCE_TEST_AMX=refused run --info
  grep -q '^matmuls .*Linux refused the use of AMX' <<<"$out" || failed "--info does not say that AMX was refused"
fi

run --model "$work/nowhere" "Great."
expect_error 1 "$work/nowhere"
mkdir "$work/empty"
run --model "$work/empty" "Great."
expect_error 1 "$work/empty"
run --input "$work/nowhere"
expect_error 1 "$work/nowhere: No such file or directory"
run --input "$work/empty"
expect_error 1 "$work/empty: Is a directory"

run --bogus
expect_error 2 "--bogus"
run "Great." -x
expect_error 2 "-x"
run --threads -1 "Great."
expect_error 2 "--threads: expected 0 or more, found -1"
run --threads two "Great."
expect_error 2 "--threads"
run --threads
expect_error 2 "--threads"
run --max-tokens 1 "Great."
expect_error 2 "--max-tokens"
run --max-tokens 1000000 "Great."
expect_error 2 "max_tokens"
run --precision f64 "Great."
expect_error 2 "f64"
run --input "$work/in" "Great."
expect_error 2 "--input"
run --tokenize --scores "Great."
expect_error 2 "--tokenize"

finish
