#!/usr/bin/env bash
# Runs every fuzz test of the module for a bounded time each: deploy/fuzz.sh 20s
set -euo pipefail

each=${1:-20s}
failed=0
while IFS=: read -r file name; do
	echo "== $name in $(dirname "$file") for $each"
	go test -tags nomsgpack,nopgxregisterdefaulttypes -run '^$' -fuzz "^$name\$" -fuzztime "$each" "./$(dirname "$file")" || failed=1
done < <(grep -rEo --include='*_test.go' --exclude-dir='.*' '^func Fuzz[A-Za-z0-9_]*' -- * | sed 's/func //')
exit "$failed"
