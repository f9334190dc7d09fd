# The library never prints, exits or aborts: none of its objects refers to a function that does.
# Arguments: a static library of all objects, nm, the compiler; by default those of the release build.
source "$(dirname "$0")/helper.sh"
library=${1:-$root/build/release/libvalence_internal.a}
nm=${2:-nm}
compiler=${3:-c++}

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
check "$library"

# notices_statement STATEMENT: fails if an object with this statement passes
notices_statement() {
  printf '%s\n' '#include <cassert>' '#include <cstdio>' '#include <cstdlib>' '#include <iostream>' '#include <unistd.h>' \
    "void Broken(int n) { $1; (void)n; }" >"$copy/broken.cpp"
  "$compiler" -std=c++20 -O2 -w -c "$copy/broken.cpp" -o "$copy/broken.o"
  notices "$1" "$copy/broken.o"
}
for statement in 'std::abort()' 'std::exit(n)' '_exit(n)' 'std::quick_exit(n)' 'assert(n == 1)' 'std::printf("%d", n)' \
  'std::fprintf(stderr, "%d", n)' 'std::puts("x")' 'std::putchar(n)' 'std::cout << n' 'std::cerr << n' 'std::clog << n' \
  'std::perror("x")' 'std::fwrite(&n, 1, 1, stdout)' 'n = write(1, &n, 1)'; do
  notices_statement "$statement"
done
