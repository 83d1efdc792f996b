#!/usr/bin/env bash
# Builds a 20-line program against the SDK in the three ways that users do, and runs it.
#   tests/consumers/run.sh BUILD_FOLDER WAY      WAY: install, find_package, fetch_content, pkg_config
# `install` comes first: it puts the SDK into BUILD_FOLDER/consumers/prefix.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
build=$(readlink -f "$1")
way=$2
prefix=$build/consumers/prefix
out=$build/consumers/$way

# A server that is not there: port 1 is nobody's.
check() {
  local said
  said=$("$1")
  [ "$said" = '<present "ann">' ] || { echo "it said: $said" >&2; exit 1; }
  said=$("$1" ws://127.0.0.1:1) && { echo "it found a server where there is none" >&2; exit 1; }
  [ "$said" = '<present "ann">
no-server' ] || { echo "without a server it said: $said" >&2; exit 1; }
}

with_cmake() {
  cmake -S "$here/$way" -B "$out" -G Ninja "$@" >/dev/null
  cmake --build "$out"
  check "$out/presence"
}

case $way in
  install)
    rm -rf "$prefix"
    cmake --install "$build" --component sdk --prefix "$prefix" >/dev/null
    ;;
  find_package) with_cmake "-DCMAKE_PREFIX_PATH=$prefix" ;;
  fetch_content) with_cmake -DAVOW_UNITY=ON ;;
  pkg_config)
    mkdir -p "$out"
    PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name avow.pc)") \
      "$here/$way/build.sh" "$here/presence.cpp" "$out/presence"
    check "$out/presence"
    ;;
  *)
    echo "there is no way called $way" >&2
    exit 2
    ;;
esac
