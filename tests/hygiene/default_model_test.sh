# models/default has exactly the files of its SHA256SUMS, unchanged. After an intended change run (cd models/default && sha256sum *.json *.txt *.safetensors >SHA256SUMS)
source "$(dirname "$0")/helper.sh"

# Prints what is wrong with the files of a model folder.
offences() {
  local file
  (cd "$1" && sha256sum --check --strict --quiet SHA256SUMS 2>&1) || true
  for file in "$1"/*; do
    file=$(basename "$file")
    case $file in
      README.md | SHA256SUMS) ;;
      *) grep -q "  $file\$" "$1/SHA256SUMS" || echo "$file: not in SHA256SUMS" ;;
    esac
  done
}

check "$root/models/default"

# The large file is not copied; only other files are changed.
renew() {
  rm -rf "${copy:?}"/*
  ln -s "$root/models/default/model.safetensors" "$copy"
  cp "$root"/models/default/{*.json,*.txt,SHA256SUMS} "$copy"
}
renew
printf 'X' | dd of="$copy/vocab.txt" bs=1 seek=1000 conv=notrunc status=none
notices "a changed byte" "$copy"
renew
rm "$copy/tokenizer_config.json"
notices "a missing file" "$copy"
renew
echo >"$copy/special_tokens_map.json"
notices "an extra file" "$copy"
