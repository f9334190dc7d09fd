# The library as a sub-project and shared, then installed from there and moved: the README's program builds against both.
source "$(dirname "$0")/helper.sh"

# Optimised less than a user would, which compiles faster.
consumer add_subdirectory -DVALENCE_SOURCE="$source_dir" -DBUILD_SHARED_LIBS=ON -DVALENCE_INSTALL=ON \
  -DVALENCE_BUILD_APPS=ON -DCMAKE_CXX_FLAGS_RELEASE="-O1 -DNDEBUG"
answers "$program"
readelf --dynamic "$program" | grep -q 'NEEDED.*libvalence\.so' || fail "the program is not linked with the shared library"

install_moved "$work/add_subdirectory/build" shared
found=$("$prefix/bin/valence" --info | sed -n 's/^model  *//p')
[ "$found" = "$prefix/share/valence/models/default" ] || fail "the moved tool found the model in '$found'"

# Everything but the library itself is hidden from the programs that load it.
exported=$(nm --dynamic --defined-only --demangle "$library_path/libvalence.so" | sed 's/^[^ ]* . //')
grep -q '^valence::Classifier::load' <<<"$exported" || fail "the shared library does not export Classifier::load"
if grep -E '^(valence::internal::|nlohmann::|dnnl::|hwy::)' <<<"$exported"; then fail "these should be hidden"; fi

# No source tree and no VALENCE_MODEL: the model is found beside the library.
consumer find_package_shared -DCMAKE_PREFIX_PATH="$prefix"
answers "$program"
found=$("$work/find_package_shared/build/model_folder")
[ "$found" = "$prefix/share/valence/models/default" ] || fail "the moved library found the model in $found"

readme_program >"$work/main.cpp"
flags=$(PKG_CONFIG_PATH=$pkg_config_path pkg-config --cflags --libs valence)
if grep -q dnnl <<<"$flags"; then fail "pkg-config asks users of the shared library for oneDNN: $flags"; fi
"$compiler" -std=c++20 "$work/main.cpp" -o "$work/pkg_config_program" $flags
LD_LIBRARY_PATH=$library_path answers "$work/pkg_config_program"
