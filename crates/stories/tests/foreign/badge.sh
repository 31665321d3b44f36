#!/bin/bash
# A badge that the program issues is one that public validators of Open Badges 3.0 accept; each alteration is found.
#
# Run by ./test foreign in an empty folder, with MUSTER naming the program and PYTHON one that has what badge.py needs.
set -euo pipefail

muster=${MUSTER:?"name the program"}
python=${PYTHON:?"name a Python that has openbadgeslib, jsonschema and pyld"}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
unset MUSTER_DATA MUSTER_DATABASE_URL
export MUSTER_NOW=2026-06-01T09:00:00Z MUSTER_DATA="$PWD/data"
# In the demonstration somebody has finished courses, and so has certificates.
holder=noor.sato@halden.example

"$muster" demo --no-serve --people 20 >/dev/null
port=$("$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
url="http://127.0.0.1:$port"
"$muster" serve --listen "127.0.0.1:$port" >server.log 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || true' EXIT
for _ in $(seq 100); do
    "$muster" healthcheck --listen "127.0.0.1:$port" >/dev/null 2>&1 && break
    sleep 0.1
done

LINK=$("$muster" link "$holder" --public-url "$url") URL=$url "$python" - <<'PY'
import http.cookiejar
import os
import re
import urllib.parse
import urllib.request

url = os.environ["URL"]
browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))


def ask(path, fields=None):
    data = None if fields is None else urllib.parse.urlencode(fields).encode()
    request = urllib.request.Request(urllib.parse.urljoin(url, path), data, {"Origin": url})
    return browser.open(request).read().decode()


link = os.environ["LINK"].strip()
page = ask(link)
# Looking at the link changes nothing; its button signs in.
ask(re.search(r'<form[^>]*action="([^"]+)"', page).group(1) if 'method="post"' in page else link, {})
codes = re.findall(r"/certificates/([0-9A-Z]{4}(?:-[0-9A-Z]{4})+)", ask("/my-training"))
assert codes, "somebody who finished courses has certificates"
for name, fields in (("badge.jwt", {}), ("badge-with-score.jwt", {"score": "1"})):
    with open(name, "w", encoding="ascii") as file:
        file.write(ask(f"/certificates/{codes[0]}/badge", fields))
issuer = ask("/badges/issuer")
assert '"Profile"' in issuer, issuer
PY

for badge in badge.jwt badge-with-score.jwt; do
    "$python" "$here/foreign/badge.py" "$badge" "$holder"
done
"$python" "$here/foreign/badge.py" --broken badge.jwt
if cmp -s badge.jwt badge-with-score.jwt; then echo "the badge with a score says none" >&2; exit 1; fi
if grep -i error server.log; then echo "the server logged a fault"; exit 1; fi

echo "other people's programs accept our badges and object to alterations"
