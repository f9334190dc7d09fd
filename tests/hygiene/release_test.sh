# tools/release VERSION --check accepts this tree once the changelog has a date, and names each number that disagrees.
source "$(dirname "$0")/helper.sh"
version=$(sed -n 's/#define VALENCE_VERSION "\(.*\)"/\1/p' "$root/include/valence/version.h")

# Prints what tools/release says against a tree.
offences() {
  local said
  said=$("$1/tools/release" "$version" --check 2>&1) || echo "$said"
}

# A copy as it would be released.
renew() {
  rm -rf "${copy:?}"/*
  mkdir -p "$copy/include/valence" "$copy/tests/c"
  cp -r "$root"/{tools,debian,CMakeLists.txt,CHANGELOG.md} "$copy"
  cp "$root/include/valence/version.h" "$copy/include/valence"
  cp "$root/tests/c/exported_symbols.txt" "$copy/tests/c"
  sed -i "s/^## $version .*/## $version - 2026-12-01/" "$copy/CHANGELOG.md"
}
# names WHERE WHAT: fails unless the offence names this place.
names() {
  offences "$copy" | grep -qF "error: $1" || { echo "not noticed: $2: $(offences "$copy")"; exit 1; }
}

renew
check "$copy"
sed -i 's/VALENCE_VERSION ".*"/VALENCE_VERSION "0.0.9"/' "$copy/include/valence/version.h"
names include/valence/version.h "another version"
renew
sed -i "s/^## $version .*/## $version (not released)/" "$copy/CHANGELOG.md"
names CHANGELOG.md "no date"
renew
sed -i "1s/$version/0.0.9/" "$copy/debian/changelog"
names debian/changelog "another version in debian/changelog"
renew
sed -i 's/^set(valence_abi .*/set(valence_abi 7)/' "$copy/CMakeLists.txt"
names "debian/control, the package of SONAME libvalence.so.7" "another SONAME"
renew
echo 'valence_more' >>"$copy/tests/c/exported_symbols.txt"
names debian/libvalence "a symbol more"
renew
sed -i '/valence_version@/d' "$copy"/debian/libvalence*.symbols
names debian/libvalence "a symbol less"
version=1.0 names VERSION "no version"
