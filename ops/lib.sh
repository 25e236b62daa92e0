# What ops/run and ops/test share. Sourced from the root of the checkout.

say() { printf '== %s\n' "$*"; }

# install_packages SET...: the Debian packages that ops/packages lists under these sets.
install_packages() {
  local sets missing=() name
  sets=$(IFS='|'; echo "$*")
  while read -r name; do
    dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null | grep -qx installed || missing+=("$name")
  done < <(sed -nE "s/^($sets) +([^ #]+).*/\2/p" ops/packages)
  if [ ${#missing[@]} = 0 ]; then
    say "packages: all installed"
    return
  fi
  say "packages: installing ${missing[*]}"
  local as_root=()
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || {
      echo "missing packages: ${missing[*]}" >&2
      echo "installing them needs root: run 'apt-get install ${missing[*]}' as root, then this again" >&2
      exit 1
    }
    as_root=(sudo)
  fi
  local log
  log=$(mktemp)
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update >"$log" 2>&1 || true
  if ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
      apt-get install -y --no-install-recommends "${missing[@]}" >>"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "apt-get could not install: ${missing[*]} (its whole output: $log)" >&2
    exit 1
  fi
  rm -f "$log"
}

# configure PRESET [-D…]: every option of ours is said each time, whoever has configured it before.
# Sources are compiled a few at a time (JARI_UNITY), which takes half as long when all are new; who
# works on them builds with the bare presets, one by one.
configure() {
  local preset=$1 log
  shift
  mkdir -p build
  log=build/configure-$preset.log
  cmake --preset "$preset" -DJARI_UNIT_TESTS=OFF -DJARI_SYSTEM_TESTS=OFF -DJARI_BENCH=OFF \
    -DJARI_UNITY=ON "$@" >"$log" 2>&1 || { tail -n 30 "$log" >&2; echo "cmake failed ($log)" >&2; exit 1; }
}

# need NAME VALUE: the value that an option must have.
need() {
  [ -n "${2:-}" ] || { echo "$1 needs a value" >&2; usage >&2; exit 2; }
}
# need_number NAME VALUE
need_number() {
  [[ ${2:-} =~ ^[1-9][0-9]*$ ]] || { echo "$1 needs a whole number above 0" >&2; usage >&2; exit 2; }
}

build_all() {
  local preset=$1 jobs=$2
  shift 2
  cmake --build "build/$preset" -j "$jobs" "$@" || { echo "the build of $preset failed" >&2; exit 1; }
}
