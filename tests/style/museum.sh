#!/usr/bin/env bash
# Every bug of the museum can still be planted: its patch applies to the sources as they are.
#
#   tests/style/museum.sh
set -euo pipefail
cd "$(dirname "$(dirname "$(dirname "$(readlink -f "$0")")")")"
failed=0
for bug in tests/museum/*.patch; do
  git apply --check "$bug" || { echo "$bug does not apply; mend it." >&2; failed=1; }
done
exit "$failed"
