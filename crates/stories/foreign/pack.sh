#!/bin/sh
# An unpacked evidence pack is checked with other people's programs only; the first that objects stops it with exit 1.
#
#   pack.sh FOLDER
#
# Needs sha256sum, ssh-keygen, bagit.py (PyPI bagit) and the program built from verify.go beside this file. Where they
# are not on the path, BAGIT and VERIFY name them.
set -eu

folder=${1:?"name the folder the pack was unpacked into"}
bagit=${BAGIT:-bagit.py}
verify=${VERIFY:-$(dirname "$0")/verify}

fail() {
    echo "NOT verified: $1" >&2
    exit 1
}

[ -f "$folder/bagit.txt" ] || fail "$folder is not an unpacked pack"

for manifest in manifest-sha256.txt tagmanifest-sha256.txt; do
    (cd "$folder" && sha256sum --strict --quiet -c "$manifest") || fail "a file is not as $manifest says"
    identity=$(cut -d' ' -f1 "$folder/allowed_signers")
    ssh-keygen -Y verify -f "$folder/allowed_signers" -I "$identity" -n evidence-pack@muster \
        -s "$folder/$manifest.sig" < "$folder/$manifest" || fail "the signature of $manifest is wrong"
done

"$bagit" --validate "$folder" || fail "bagit.py does not accept the folder"

if [ -f "$folder/log/checkpoint" ]; then
    "$verify" pack "$folder" || fail "the ledger's proofs do not hold"
fi

echo "verified: $folder"
