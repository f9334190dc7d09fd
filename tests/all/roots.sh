# Debian and Ubuntu roots for the programs of this folder: systems that contain nothing but what a test puts into them.
# Sourced, not run; needs root and debootstrap. VALENCE_ROOTS names the folder that keeps them, build/all/roots otherwise.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
roots=${VALENCE_ROOTS:-$root/build/all/roots}
mirror=${VALENCE_MIRROR:-http://deb.debian.org/debian}
ubuntu_mirror=${VALENCE_UBUNTU_MIRROR:-http://archive.ubuntu.com/ubuntu}

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# Ends the program with success where it cannot run.
need_root() {
  if [ "$(id -u)" -ne 0 ]; then
    echo "skipped: needs root, to make a Debian root with debootstrap"
    exit 0
  fi
  command -v debootstrap >/dev/null || "$root/tools/install-dependencies" debootstrap
}

# make_base SUITE: the tar file $base of a minimal Debian or Ubuntu, made once. It gets its name when it is complete.
make_base() {
  base=$roots/$1.tar
  [ ! -e "$base" ] || return 0
  mkdir -p "$roots"
  rm -rf "$roots/$1.new" "$base.new"
  local options=(--variant=minbase --include=ca-certificates) source=("$mirror")
  if [ "$1" = jammy ] || [ "$1" = noble ]; then
    fetch_ubuntu_keyring
    options+=(--components=main,universe --keyring="$roots/ubuntu-keyring/usr/share/keyrings/ubuntu-archive-keyring.gpg")
    source=("$ubuntu_mirror" gutsy)  # debootstrap's script for Ubuntu; that of Debian 12 does not know noble's name
  fi
  debootstrap "${options[@]}" "$1" "$roots/$1.new" "${source[@]}" >"$roots/$1.log" ||
    fail "debootstrap $1: see $roots/$1.log"
  tar --create --numeric-owner --file "$base.new" --directory "$roots/$1.new" .
  rm -rf "$roots/$1.new"
  mv "$base.new" "$base"
}

# fetch_ubuntu_keyring: Ubuntu's keys, which Debian does not package, into $roots/ubuntu-keyring.
fetch_ubuntu_keyring() {
  local file=$roots/ubuntu-keyring.deb
  wget --quiet --output-document "$file" "$ubuntu_mirror/pool/main/u/ubuntu-keyring/ubuntu-keyring_2023.11.28.1_all.deb" ||
    fail "$ubuntu_mirror does not have Ubuntu's keys"
  sha256sum --quiet --check <<<"36de43b15853ccae0028e9a767613770c704833f82586f28eb262f0311adb8a8  $file" ||
    fail "$file: expected the package ubuntu-keyring 2023.11.28.1"
  dpkg-deb --extract "$file" "$roots/ubuntu-keyring"
}

# make_root SUITE NAME [PACKAGE ..]: sets $system, a fresh folder with this SUITE and these packages.
make_root() {
  make_base "$1"
  system=$roots/$2
  rm -f "$system.complete"
  remove_root "$system"
  mkdir -p "$system"
  tar --extract --numeric-owner --file "$base" --directory "$system"
  cp --dereference /etc/resolv.conf "$system/etc/resolv.conf"
  if [ $# -gt 2 ]; then install_in "$system" "${@:3}"; fi
}

# make_slim SYSTEM: takes out what Debian's slim images leave out.
make_slim() {
  rm -rf "$1"/usr/share/{doc,man,info,locale,groff,lintian,linda} "$1"/var/cache/apt/* "$1"/var/lib/apt/lists/* "$1"/var/log/*
}

# keep_root SUITE NAME: sets $system, the root that an earlier run left, or a fresh one.
keep_root() {
  system=$roots/$2
  if [ ! -e "$system.complete" ]; then
    make_root "$1" "$2"
    touch "$system.complete"
  fi
}

# copy_sources SYSTEM: the tracked files of this tree, as they are now, to /src; a build tree there stays.
copy_sources() {
  mkdir -p "$1/src"
  find "$1/src" -mindepth 1 -maxdepth 1 ! -name build -exec rm -rf {} +
  git -C "$root" ls-files -z | tar --create --directory "$root" --null --files-from=- | tar --extract --directory "$1/src"
}

# clang_test SYSTEM PACKAGE ..: builds the library, the programs and all tests in /src with Clang, which these packages bring,
# and runs the library's tests.
clang_test() {
  echo "== Clang"
  inside "$1" /src/tools/install-dependencies "${@:2}"
  # shellcheck disable=SC2016
  inside "$1" sh -ec '
    cd /src
    cmake --preset release -B build/clang -DCMAKE_CXX_COMPILER=clang++ -DVALENCE_BUILD_BENCHMARKS=OFF -DVALENCE_BUILD_EXAMPLES=OFF
    cmake --build build/clang
    ctest --test-dir build/clang --output-on-failure --parallel 2 --label-exclude "^long$" \
      --tests-regex "^(unicode|preparation|tokenizer|batch|files|model|ops|kernels|cpu|api|c)\."
    clang++ --version | head -n 1'
}

# print_versions SYSTEM: what tools/test built with in /src.
print_versions() {
  # shellcheck disable=SC2016
  inside "$1" sh -c '. /etc/os-release; c++ --version | head -n 1; /src/build/release/bin/valence --info | grep -E "^(oneDNN|kernels)"; echo "$PRETTY_NAME"'
}

# install_in SYSTEM PACKAGE_OR_FILE ..: apt-get install.
install_in() {
  inside "$1" sh -c 'apt-get update && apt-get install --yes --no-install-recommends "$@"' sh "${@:2}" >"$1.log" 2>&1 ||
    fail "apt-get install ${*:2} in $1: $(tail -n 5 "$1.log")"
}

# inside SYSTEM COMMAND ..: runs the command in the root, in mount and process namespaces of its own, so that nothing
# stays mounted or running. Its environment is that of a login; variables of the tests are passed on by `env`.
inside() {
  # shellcheck disable=SC2016
  unshare --mount --pid --fork --kill-child sh -c '
    system=$1
    shift
    mount -t proc proc "$system/proc"
    mount --bind /dev "$system/dev"
    exec chroot "$system" "$@"' sh "$1" \
    env --default-signal=INT -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
    DEBIAN_FRONTEND=noninteractive "${@:2}"
}

# remove_root SYSTEM
remove_root() {
  rm -rf --one-file-system "$1"
}
