# Keeps one OpenLDAP server for as long as whoever started this holds its standard input open.
# In: $1 a folder with slapd.conf and seed.ldif, $2 the addresses to listen on. Out: `ready`, once it answers.
set -eu
PATH=$PATH:/usr/sbin:/usr/local/sbin
command -v slapd >/dev/null && command -v ldapsearch >/dev/null || {
    echo "slapd and ldapsearch are not installed. On Debian: apt-get install slapd ldap-utils" >&2
    exit 1
}
mkdir -p "$1/data"
slapadd -q -f "$1/slapd.conf" -l "$1/seed.ldif" >"$1/log" 2>&1 || { cat "$1/log" >&2; exit 1; }
slapd -f "$1/slapd.conf" -h "$2" -d 0 </dev/null >"$1/log" 2>&1 &
server=$!
trap 'kill $server 2>/dev/null || true; wait $server 2>/dev/null || true' EXIT
first=${2%% *}
tries=0
until ldapsearch -x -H "$first" -b '' -s base >/dev/null 2>&1; do
    tries=$((tries + 1))
    [ "$tries" -lt 300 ] && kill -0 "$server" || { cat "$1/log" >&2; exit 1; }
    sleep 0.05
done
echo ready
cat >/dev/null
