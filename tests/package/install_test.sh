# The build tree's own package, installed and moved: the tool runs, and the README's program builds against it.
source "$(dirname "$0")/helper.sh"

install_moved "$build_dir" installed
answers sh -c '"$0" "I loved every minute of it." | tr "\t" " "' "$prefix/bin/valence"
"$prefix/bin/valence" --info | grep -qx "model  *$prefix/share/valence/models/default" ||
  fail "the moved tool does not find its own model: $("$prefix/bin/valence" --info | grep ^model)"
"$prefix/bin/valence" --tokenize "Great." | grep -q '"tokens":\[101,2307,1012,102\]' || fail "the moved tool does not tokenise"
[ "$(echo "Great." | "$prefix/bin/valence-moderate" 2>/dev/null | cut -f 1)" = kept ] || fail "valence-moderate does not work"
printf 'text\tlabel\nGreat.\t1\nAwful.\t0\n' | "$prefix/bin/valence-evaluate" --format tsv | grep -q '2 of 2 right' ||
  fail "valence-evaluate does not work"
for program in "$prefix"/bin/*; do
  name=$(basename "$program")
  for file in man/man1/$name.1 bash-completion/completions/$name zsh/site-functions/_$name fish/vendor_completions.d/$name.fish; do
    [ -s "$prefix/share/$file" ] || fail "not installed: share/$file"
  done
done

consumer find_package_installed -DCMAKE_PREFIX_PATH="$prefix"
VALENCE_MODEL=$prefix/share/valence/models/default answers "$program"

# Two plugins in one process must not call each other's copy of the library: a plugin exports its own function alone.
exports_itself_alone() {
  local found
  found=$(nm --dynamic --defined-only "$1" | sed 's/^[^ ]* . //')
  grep -qx plugin_label_of <<<"$found" || fail "$1 does not export its own function: $found"
  # Its own copies of std templates, std::vector<Prediction>'s for example, are not the library's.
  if grep valence <<<"$found" | grep -v '^_ZN\?K\?St'; then fail "$1 exports these symbols of the static library"; fi
}
if [ -e "$library_path/libvalence.a" ]; then exports_itself_alone "$work/find_package_installed/build/libplugin.so"; fi

readme_program >"$work/main.cpp"
flags=$(PKG_CONFIG_PATH=$pkg_config_path pkg-config --cflags --libs valence)
"$compiler" -std=c++20 "$work/main.cpp" -o "$work/pkg_config_program" $flags
LD_LIBRARY_PATH=$library_path VALENCE_MODEL=$prefix/share/valence/models/default answers "$work/pkg_config_program"
if [ -e "$library_path/libvalence.a" ]; then
  "$compiler" -std=c++20 -shared -fPIC "$helper_dir/consumer/plugin.cpp" -o "$work/plugin.so" $flags
  exports_itself_alone "$work/plugin.so"
fi
