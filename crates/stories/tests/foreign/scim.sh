#!/bin/bash
# Two programs that check SCIM servers find nothing wrong with ours: scim2-tester and scim-sanity.
#
# Run by ./test foreign in an empty folder, with MUSTER naming the program and PYTHON one that has both and scim2-cli.
set -euo pipefail

muster=${MUSTER:?"name the program"}
python=${PYTHON:?"name a Python that has scim2-tester, scim2-cli and scim-sanity"}
unset MUSTER_DATA MUSTER_DATABASE_URL MUSTER_NOW
export MUSTER_DATA="$PWD/data"

"$muster" init --org "Lindqvist GmbH" --framework iso27001
token=$("$muster" token create --name idp --scope scim:write --profile okta)
port=$("$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$muster" serve --listen "127.0.0.1:$port" >server.log 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || true' EXIT
for _ in $(seq 100); do
    "$muster" healthcheck --listen "127.0.0.1:$port" >/dev/null 2>&1 && break
    sleep 0.1
done
url="http://127.0.0.1:$port/scim/v2"

echo "--- scim2-tester"
TOKEN=$token URL=$url "$python" - <<'PY'
import os
from collections import Counter
from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

client = Client(base_url=os.environ["URL"], headers={"Authorization": "Bearer " + os.environ["TOKEN"]})
results = check_server(SyncSCIMClient(client))
print(dict(Counter(result.status.name for result in results)))
# Everything that is checked is something we advertise, so what is skipped is missing.
bad = [result for result in results if result.status in (Status.ERROR, Status.CRITICAL, Status.SKIPPED)]
for result in bad:
    print(result.status.name, result.title, result.reason)
raise SystemExit(bool(bad) or len(results) < 130)
PY

echo "--- scim2-cli"
# It exits with 1 for anything that is not a plain success.
SCIM_CLI_HEADERS="Authorization: Bearer $token" "$(dirname "$python")/scim" --url "$url" test >cli.log 2>&1 || { tail -40 cli.log; exit 1; }

echo "--- scim-sanity"
"$(dirname "$python")/scim-sanity" probe "$url" --token "$token" --i-accept-side-effects >sanity.log 2>&1 || { cat sanity.log; exit 1; }
grep -E 'passed' sanity.log
if grep -E '\[(FAIL|WARN)\]' sanity.log; then exit 1; fi

if grep -i error server.log; then echo "the server logged a fault"; exit 1; fi
