"""Checks a badge with programs that are not muster, in the order in which a public validator of Open Badges 3.0 goes.

PyJWT says whether the signature is right, openbadgeslib whether it is a credential of Open Badges 3.0, PyLD whether the
published contexts define every word in it, and jsonschema whether it is as 1EdTech's own schema asks. The schema comes
with the source of openbadgeslib and is read where ./test has put that; nothing is fetched while this runs.

    badge.py BADGE ADDRESS          the badge of whoever has this address
    badge.py --broken BADGE         each alteration of the badge is found, by the check that is there for it
"""
import copy
import glob
import hashlib
import json
import os
import sys

import jwt
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jsonschema import Draft201909Validator
from openbadgeslib.ob3.contexts import document_loader
from openbadgeslib.ob3.verifier import OB3Verifier
from pyld import jsonld

# As published on the 4th of July 2026: another schema is another question, to be looked at before it is taken.
SCHEMA_SHA256 = "b7358e895f492e74055dc6bfc7ffc420d0e497f90c4579fb83d9519b86d393ea"
SCHEMA = "ob_v3p0_achievementcredential_schema.json"
# A word that no context defines is taken for an address beside the document's own.
NOWHERE = "https://nowhere.invalid/"


class Objection(Exception):
    """What is wrong with a badge, and who says so."""


def signature(token):
    """The claims of a token whose signature is right, and the key that signed it."""
    header = jwt.get_unverified_header(token)
    if header.get("alg") != "RS256" or set(header.get("jwk", {})) != {"kty", "n", "e"}:
        raise Objection(f"signature: the header is {header}")
    key = jwt.PyJWK(header["jwk"] | {"alg": "RS256"}).key
    try:
        # A test's clock may stand still in the past; whether it still counts is not asked here.
        claims = jwt.decode(token, key, algorithms=["RS256"], options={"verify_nbf": False, "verify_exp": False})
    except jwt.InvalidTokenError as wrong:
        raise Objection(f"signature: {wrong}") from wrong
    return claims, key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def claims_agree(claims):
    """What the token says of itself is what its credential says."""
    subject = claims.get("credentialSubject", {})
    pairs = {"iss": claims.get("issuer", {}).get("id"), "jti": claims.get("id"), "sub": subject.get("id")}
    for name, value in pairs.items():
        if not value or claims.get(name) != value:
            raise Objection(f"claims: {name} is {claims.get(name)!r} and not {value!r}")


def terms(credential):
    """Every word of it is defined by the contexts it names: an undefined one would say nothing to a reader of JSON-LD."""
    options = {"base": NOWHERE, "documentLoader": document_loader()}
    try:
        expanded = jsonld.expand(credential, options)
        compacted = jsonld.compact(expanded, credential["@context"], options)
    except jsonld.JsonLdError as wrong:
        raise Objection(f"terms: {wrong}") from wrong
    lost = missing(credential, compacted, "")
    lost += [name.removeprefix(NOWHERE) for name in types(expanded) if name.startswith(NOWHERE)]
    if lost:
        raise Objection(f"terms: no context defines {sorted(set(lost))}")


def missing(before, after, path):
    """What of a document its compacted form does not have: names that no context knows are dropped on the way."""
    if isinstance(before, list):
        after = after if isinstance(after, list) else [after]
        found = [missing(one, other, path) for one, other in zip(before, after)]
        return [name for names in found for name in names]
    if not isinstance(before, dict) or not isinstance(after, (dict, list)):
        return []
    if isinstance(after, list):
        after = after[0] if after else {}
    names = [f"{path}{name}" for name in before if name != "@context" and name not in after]
    for name, value in before.items():
        if name in after and name != "@context":
            names += missing(value, after[name], f"{path}{name}.")
    return names


def types(node):
    """Every type there is in an expanded document."""
    if isinstance(node, list):
        return [name for one in node for name in types(one)]
    if not isinstance(node, dict):
        return []
    own = node.get("@type", [])
    own = own if isinstance(own, list) else [own]
    return own + [name for key, value in node.items() if key != "@type" for name in types(value)]


def schema(credential):
    """The schema that the badge itself names is the official one, and the badge is as it asks."""
    named = [one["id"].rsplit("/", 1)[-1] for one in credential.get("credentialSchema", [])]
    if named != [SCHEMA]:
        raise Objection(f"schema: the badge names {named}")
    sources = os.environ.get("OB3_SCHEMAS") or os.path.join(sys.prefix, "source", "openbadgeslib-*", "tests", "fixtures", "ob_schemas")
    found = glob.glob(os.path.join(sources, SCHEMA))
    if len(found) != 1:
        sys.exit(f"the official schema is not where ./test puts it: {sources}")
    with open(found[0], "rb") as file:
        text = file.read()
    if hashlib.sha256(text).hexdigest() != SCHEMA_SHA256:
        sys.exit(f"{found[0]} is not the schema this check was written for")
    validator = Draft201909Validator(json.loads(text), format_checker=Draft201909Validator.FORMAT_CHECKER)
    if "date-time" not in Draft201909Validator.FORMAT_CHECKER.checkers:
        sys.exit("jsonschema cannot check days: rfc3339-validator is not installed")
    wrong = [f"{'/'.join(map(str, error.path)) or 'the whole'}: {error.message}" for error in validator.iter_errors(credential)]
    if wrong:
        raise Objection(f"schema: {wrong}")


def accepted(token):
    """Everything a validator asks of a badge; the claims, when nothing is wrong."""
    claims, key = signature(token)
    claims_agree(claims)
    terms(claims)
    schema(claims)
    try:
        OB3Verifier(key).verify(token)
    except Exception as wrong:
        raise Objection(f"credential: {wrong}") from wrong
    return claims


def about(claims, address):
    """It is the badge of whoever has this address, and says so without the address."""
    identity = claims["credentialSubject"]["identifier"][0]
    digest = hashlib.sha256((address + identity["salt"]).encode()).hexdigest()
    assert identity["identityHash"] == f"sha256${digest}", identity
    assert address not in json.dumps(claims), "the address itself stands in it"


def signed(claims):
    """The same claims under a key of somebody else's: what a validator is left with when the signature is right."""
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(65537, 2048)
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
    return jwt.encode(claims, key, "RS256", {"jwk": {name: public[name] for name in ("kty", "n", "e")}})


def broken(token):
    """One alteration for each check: it is found, and by that check."""
    claims = accepted(token)
    head, body, mark = token.split(".")
    alterations = {"signature": f"{head}.{body[:-2]}AA.{mark}"}

    def altered(check, change):
        other = copy.deepcopy(claims)
        change(other)
        alterations[check] = signed(other)

    altered("claims", lambda one: one.update(iss="https://elsewhere.example"))
    altered("terms", lambda one: one["@context"].pop())
    altered("terms of achievements", lambda one: one["credentialSubject"]["achievement"].update(weight="5 kg"))
    altered("schema", lambda one: one["credentialSubject"]["achievement"].pop("criteria"))
    for check, bent in alterations.items():
        try:
            accepted(bent)
        except Objection as objection:
            if not str(objection).startswith(f"{check.split()[0]}: "):
                sys.exit(f"the alteration for {check} was found by another check: {objection}")
            print("found:", str(objection)[:160])
            continue
        sys.exit(f"the alteration for {check} was not found")
    accepted(signed(claims))
    days = copy.deepcopy(claims)
    days["validFrom"] = "soon"
    try:
        schema(days)
    except Objection as objection:
        print("found:", str(objection)[:160])
        return
    sys.exit("a day that is none was taken")


def main():
    arguments = sys.argv[1:]
    if arguments[0] == "--broken":
        broken(open(arguments[1], encoding="ascii").read())
        return
    claims = accepted(open(arguments[0], encoding="ascii").read())
    about(claims, arguments[1])
    print("verified:", claims["name"])


main()
