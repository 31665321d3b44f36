#!/usr/bin/env python3
"""Checks an attestation that was downloaded from its receipt, without muster: its digest and, where there is one, its passkey's signature.

    pip install webauthn
    python check-attestation.py attestation.json

What the parts are is in attestation-record.md. It says what holds, and fails by its exit status when something does not.
"""
import hashlib
import json
import sys

from webauthn import verify_authentication_response
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url


def main(path):
    with open(path, encoding="utf-8") as file:
        kept = json.load(file)
    digest = hashlib.sha256(kept["record"].encode("utf-8"))
    if digest.hexdigest() != kept["record_sha256"]:
        sys.exit("record: its SHA-256 is another than the file says")
    print(f"record: {digest.hexdigest()}")
    record = json.loads(kept["record"])
    statement = record["statement"]
    if hashlib.sha256(statement["text"].encode("utf-8")).hexdigest() != statement["sha256"]:
        sys.exit("statement: its SHA-256 is another than the record says")
    print(f"statement: {statement['sha256']}")
    passkey = kept["passkey"]
    if passkey is None:
        print("signed with a name alone")
        return
    credential = {
        "id": passkey["credential_id"],
        "rawId": passkey["credential_id"],
        "type": "public-key",
        "response": {
            "authenticatorData": passkey["authenticator_data"],
            "clientDataJSON": passkey["client_data"],
            "signature": passkey["signature"],
        },
    }
    verified = verify_authentication_response(
        credential=credential,
        expected_challenge=digest.digest(),
        expected_rp_id=passkey["rp_id"],
        expected_origin=passkey["origin"],
        credential_public_key=base64url_to_bytes(passkey["public_key"]),
        credential_current_sign_count=0,
        require_user_verification=True,
    )
    assert bytes_to_base64url(verified.credential_id) == passkey["credential_id"]
    print("signed with a passkey: verified")


main(sys.argv[1])
