# The library never prints, exits or aborts: none of its objects refers to a function that does.
# Arguments: a static library of all objects, nm, the compiler.
set -eu
library=$1
nm=$2
compiler=$3

# C names as the linker sees them (with the _chk variants of fortified builds), C++ names demangled.
forbidden='abort|exit|_exit|_Exit|quick_exit|__assert_fail'
forbidden+='|(__)?v?f?printf(_chk)?|(__)?v?dprintf(_chk)?|puts|fputs|putchar|putc|fputc|fwrite|perror|psignal|write|writev'
forbidden+='|stdout|stderr|syslog|(__)?vsyslog(_chk)?'
forbidden+='|std::w?(cout|cerr|clog)|hwy::Abort\(.*\)|hwy::Warn\(.*\)'

# Prints the forbidden names that a library's objects refer to.
offences() {
  "$nm" --undefined-only --demangle --print-file-name "$1" 2>/dev/null |
    sed -E 's/@@?[A-Z]+_[0-9.]+$//; s/\[abi:[a-z0-9]+\]//g' | grep -E " U ($forbidden)$" || true
}

[ "$("$nm" --undefined-only "$library" 2>/dev/null | grep -c ' U ')" -gt 100 ] || { echo "nm shows no symbols of $library"; exit 1; }
found=$(offences "$library")
if [ -n "$found" ]; then
  echo "the library refers to:"$'\n'"$found"
  exit 1
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# notices STATEMENT: whether an object that runs it is found out
notices() {
  printf '%s\n' '#include <cassert>' '#include <cstdio>' '#include <cstdlib>' '#include <iostream>' '#include <unistd.h>' \
    "void Broken(int n) { $1; (void)n; }" >"$work/broken.cpp"
  "$compiler" -std=c++20 -O2 -w -c "$work/broken.cpp" -o "$work/broken.o"
  [ -n "$(offences "$work/broken.o")" ] || { echo "not noticed: $1"; exit 1; }
}
for statement in 'std::abort()' 'std::exit(n)' '_exit(n)' 'std::quick_exit(n)' 'assert(n == 1)' 'std::printf("%d", n)' \
  'std::fprintf(stderr, "%d", n)' 'std::puts("x")' 'std::putchar(n)' 'std::cout << n' 'std::cerr << n' 'std::clog << n' \
  'std::perror("x")' 'std::fwrite(&n, 1, 1, stdout)' 'n = write(1, &n, 1)'; do
  notices "$statement"
done
