#!/bin/bash
# A pack of the main job satisfies other people's programs, and each of them objects when it is altered.
#
# Run by ./test foreign in an empty folder, with MUSTER naming the program and PYTHON one that has bagit.
# Needs what crates/stories/foreign/try.sh needs.
set -euo pipefail

muster=${MUSTER:?"name the program"}
python=${PYTHON:?"name a Python that has bagit"}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export MUSTER_NOW=2026-06-01T09:00:00Z GO111MODULE=off GOPATH=${GOPATH:-/usr/share/gocode}
unset MUSTER_DATA MUSTER_DATABASE_URL

mkdir bin
printf '#!/bin/sh\nexec "%s" -m bagit --quiet "$@"\n' "$python" >bin/bagit.py
chmod +x bin/bagit.py
export BAGIT="$PWD/bin/bagit.py" VERIFY="$PWD/bin/verify"
go build -o "$VERIFY" "$here/foreign/verify.go"

# --- the sample, and every alteration of it ---
cargo run --quiet --locked --manifest-path "$here/Cargo.toml" -p seal --example sample -- "$PWD/sample"
"$here/foreign/try.sh" "$PWD/sample"

# --- a pack as an organisation makes it ---
"$muster" init --org "Lindqvist GmbH" --framework iso27001 --framework soc2 --zone Europe/Berlin
"$muster" roster apply "$here/fixtures/personio.csv" --source hr
"$muster" roster apply "$here/fixtures/bamboohr.csv" --source contractors
"$muster" import completions "$here/fixtures/history.csv" --source oldlms
for framework in iso27001 soc2; do
    "$muster" pack build --framework "$framework" --from 2026-01-01 --to 2027-01-01 --out "$framework.zip"
    "$muster" verify "$framework.zip" >/dev/null
    mkdir "$framework"
    unzip -q "$framework.zip" -d "$framework"
    "$here/foreign/pack.sh" "$PWD/$framework"
done

# The report is a PDF with text in it, and names who has to be named.
pdfinfo iso27001/data/01-report.pdf >info
grep -q '^Pages:' info
pdftotext iso27001/data/01-report.pdf report.txt
grep -q 'Lindqvist GmbH' report.txt

# The log's own key and the newest checkpoint, as they are given to whoever keeps a copy outside.
"$muster" ledger checkpoint --json >checkpoint.json
"$python" - <<'PYTHON'
import json
found = json.load(open("checkpoint.json"))
open("vkey", "w").write(found["vkey"] + "\n")
open("checkpoint", "w").write(found["checkpoint"])
PYTHON
"$VERIFY" checkpoint vkey checkpoint

# must_object WORDS COMMAND…: it fails, and says so with these words.
must_object() {
    local words=$1
    shift
    if "$@" >out 2>&1; then
        echo "should have objected: $*" >&2
        exit 1
    fi
    grep -q "$words" out || { cat out; echo "objected for another reason than: $words" >&2; exit 1; }
}

# One digit of one answer, one line of the record: each is found, by a program that is not ours.
cp -r soc2 altered
sed -i 's/"passing":1/"passing":7/; s/"passing": 1/"passing": 7/' altered/data/*.json
if diff -rq soc2 altered >/dev/null; then echo "nothing was altered" >&2; exit 1; fi
must_object 'a file is not as manifest' "$here/foreign/pack.sh" "$PWD/altered"
rm -r altered
cp -r soc2 altered
sed -i '3s/recorded_at":"2026/recorded_at":"2025/' altered/data/records.jsonl
if diff -rq soc2 altered >/dev/null; then echo "nothing was altered" >&2; exit 1; fi
must_object 'invalid transparency proof' "$VERIFY" pack altered

echo "other people's programs accept the packs of the main job and object to alterations"
