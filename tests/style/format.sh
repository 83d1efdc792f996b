#!/bin/sh
# Every C++ source stands as clang-format would write it: format.sh CLANG_FORMAT [--fix]
set -eu
cd "$(dirname "$0")/../.."
case "${2-}" in
  --fix) how=-i ;;
  *) how='--dry-run -Werror' ;;
esac
find sdk server tests \( -name '*.cpp' -o -name '*.hpp' \) -print0 | xargs -0 -n 50 "$1" $how
