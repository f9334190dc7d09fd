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

# One object runs all of these statements; the name that each refers to must be found in it.
statements=()
names=()
notices_statement() {  # notices_statement STATEMENT NAME
  statements+=("void Broken${#statements[@]}(int n) { $1; (void)n; }")
  names+=("$2")
}
notices_statement 'std::abort()' abort
notices_statement 'std::exit(n)' exit
notices_statement '_exit(n)' _exit
notices_statement 'std::quick_exit(n)' quick_exit
notices_statement 'assert(n == 1)' __assert_fail
notices_statement 'std::printf("%d", n)' printf
notices_statement 'std::fprintf(stderr, "%d", n)' fprintf
notices_statement 'std::puts("x")' puts
notices_statement 'std::putchar(n)' putchar
notices_statement 'std::cout << n' std::cout
notices_statement 'std::cerr << n' std::cerr
notices_statement 'std::clog << n' std::clog
notices_statement 'std::perror("x")' perror
notices_statement 'std::fwrite(&n, 1, 1, stdout)' fwrite
notices_statement 'n = write(1, &n, 1)' write
printf '%s\n' '#include <cassert>' '#include <cstdio>' '#include <cstdlib>' '#include <iostream>' '#include <unistd.h>' \
  "${statements[@]}" >"$copy/broken.cpp"
"$compiler" -std=c++20 -O0 -w -c "$copy/broken.cpp" -o "$copy/broken.o"
found=$(offences "$copy/broken.o")
for name in "${names[@]}"; do
  grep -q " U $name$" <<<"$found" || { echo "not noticed: $name"; exit 1; }
done
