#!/bin/sh
# The sample pack satisfies other people's programs, and each of them objects when what it checks is altered.
#
#   try.sh FOLDER     FOLDER as written by: cargo run -p seal --example sample -- FOLDER
#
# Needs what pack.sh needs, and Go with golang.org/x/mod (Debian: golang-go golang-golang-x-mod-dev), and unzip.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
sample=$(cd "${1:?"name the folder of the sample"}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export VERIFY="$work/verify"

GO111MODULE=off GOPATH=${GOPATH:-/usr/share/gocode} go build -o "$VERIFY" "$here/verify.go"

holds() {
    "$@" > "$work/out" 2>&1 || { cat "$work/out"; echo "should hold: $*" >&2; exit 1; }
}

# must_object WHO COMMAND...: the command fails, and it is WHO that says so.
must_object() {
    who=$1
    shift
    if "$@" > "$work/out" 2>&1; then
        echo "should have objected: $*" >&2
        exit 1
    fi
    grep -q "$who" "$work/out" || { cat "$work/out"; echo "objected for another reason than: $who" >&2; exit 1; }
}

# altered FILE SED-SCRIPT: a copy of a sample file with one change, which must be one.
altered() {
    sed "$2" "$sample/$1" > "$work/altered"
    if cmp -s "$sample/$1" "$work/altered"; then
        echo "nothing was altered in $1" >&2
        exit 1
    fi
}

cd "$sample"
holds "$VERIFY" checkpoint vkey new.checkpoint
holds "$VERIFY" inclusion vkey 3.tlog-proof 3.record
holds "$VERIFY" consistency vkey old.checkpoint new.checkpoint consistency
altered new.checkpoint 's/^40$/41/'
must_object 'invalid signature' "$VERIFY" checkpoint vkey "$work/altered"
altered 3.record 's/score\\":3/score\\":9/'
must_object 'invalid transparency proof' "$VERIFY" inclusion vkey 3.tlog-proof "$work/altered"
altered 3.tlog-proof '4d'
must_object 'invalid transparency proof' "$VERIFY" inclusion vkey "$work/altered" 3.record
altered consistency '1d'
must_object 'invalid transparency proof' "$VERIFY" consistency vkey old.checkpoint new.checkpoint "$work/altered"

# fresh: the pack, unpacked anew, in $pack. checksums NAME...: makes those manifests right again, as a forger would.
pack=$work/pack
fresh() {
    rm -rf "$pack"
    mkdir "$pack"
    unzip -q "$sample/pack.zip" -d "$pack"
}
checksums() {
    for manifest in "$@"; do
        (cd "$pack" && cut -c67- "$manifest" | tr '\n' '\0' | xargs -0 sha256sum > "$work/sums" && cp "$work/sums" "$manifest")
    done
}

fresh
holds "$here/pack.sh" "$pack"
echo x >> "$pack/data/completions.csv"
must_object 'a file is not as manifest' "$here/pack.sh" "$pack"
checksums manifest-sha256.txt tagmanifest-sha256.txt
must_object 'signature of manifest-sha256.txt is wrong' "$here/pack.sh" "$pack"
fresh
echo '# a remark' >> "$pack/log/policy.txt"
must_object 'a file is not as tagmanifest' "$here/pack.sh" "$pack"
checksums tagmanifest-sha256.txt
must_object 'signature of tagmanifest-sha256.txt is wrong' "$here/pack.sh" "$pack"
fresh
echo x > "$pack/data/added.txt"
must_object 'bagit.py does not accept' "$here/pack.sh" "$pack"
fresh
sed -i '2s/A/B/' "$pack/data/records.jsonl"
must_object 'invalid transparency proof' "$VERIFY" pack "$pack"
fresh
sed -i 's/^index 3$/index 4/' "$pack/log/proofs/3.tlog-proof"
must_object 'about another record' "$VERIFY" pack "$pack"

echo "other people's programs accept the sample and object to every alteration"
