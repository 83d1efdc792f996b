# What .ci/run and .ci/full have in common; sourced by both, from the root of the repository.
#
# A step is a shell function `step_<name>`. It runs with its name and its seconds printed; the first
# one that fails ends the run and is named last, so that the reason stands where a reader looks.

ci_log=$(mktemp)
trap 'rm -f "$ci_log"' EXIT
ci_begun=$SECONDS
ci_limit_seconds=0 # No limit, unless the caller sets one.

if command -v ccache >/dev/null; then
  export CMAKE_C_COMPILER_LAUNCHER=ccache CMAKE_CXX_COMPILER_LAUNCHER=ccache
fi

# Runs one step in a process of its own, which is cut when the time of the whole run is up.
ci_step() {
  local name=$1 begun=$SECONDS
  local -a within=()
  printf '\n=== %s\n' "$name"
  if [ "$ci_limit_seconds" -gt 0 ]; then
    local left=$((ci_limit_seconds - (SECONDS - ci_begun)))
    [ "$left" -gt 0 ] || ci_fail "no time is left for the step '$name'"
    within=(timeout --foreground --kill-after=10 "$left")
  fi
  "${within[@]}" bash -euo pipefail -c "step_$name" 2>&1 | tee -a "$ci_log" ||
    ci_fail "the step '$name', after $((SECONDS - begun)) s"
  printf -- '--- %s: %d s\n' "$name" $((SECONDS - begun))
}

ci_fail() {
  ci_totals 1
  printf '\nFAILED: %s\n' "$1" >&2
  exit 1
}

# The closing line: how many tests ctest ran in all steps, by its own summaries. A step that failed
# without a failing test counts as one.
ci_totals() {
  printf '\ntotal: %d s\n' $((SECONDS - ci_begun))
  awk -v failed_steps="$1" '
    /^[0-9]+% tests passed, [0-9]+ tests? failed out of [0-9]+$/ { failed += $4; all += $NF }
    END {
      passed = all - failed
      if (failed_steps > failed) failed = failed_steps
      printf "%d passed, %d failed\n", passed, failed
    }' "$ci_log"
}

# Runs a command and shows what it says only if it fails.
ci_quietly() {
  local said status=0
  said=$(mktemp)
  "$@" >"$said" 2>&1 || status=$?
  [ "$status" = 0 ] || cat "$said"
  rm -f "$said"
  return "$status"
}

# Configures and builds with a preset: ci_build PRESET [TARGET…]
ci_build() {
  local preset=$1
  shift
  ci_quietly cmake --preset "$preset"
  ci_quietly cmake --build --preset "$preset" ${1:+--target "$@"}
}

# Runs every fuzz target for so many seconds, two at a time.
ci_fuzz() {
  ci_build fuzz
  printf '%s\n' build/fuzz/fuzzers/* |
    xargs --max-procs=2 --replace .ci/fuzz-one {} "$1"
}

export -f ci_quietly ci_build ci_fuzz
