#!/usr/bin/env bash
# What a project without CMake does.
#   build.sh SOURCE PROGRAM
set -euo pipefail
read -ra flags <<<"$(pkg-config --cflags --libs avow)"
"${CXX:-c++}" -std=c++20 -o "$2" "$1" "${flags[@]}"
