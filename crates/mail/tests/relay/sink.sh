# Keeps one smtp-sink (Debian's postfix) for as long as whoever started this holds its standard input open.
# In: $1 an empty folder for what it takes, $2 the port, the rest its own options. Out: `ready`, once it answers.
set -eu
PATH=$PATH:/usr/sbin:/usr/local/sbin
command -v smtp-sink >/dev/null || {
    echo "smtp-sink is not installed. On Debian: apt-get install postfix" >&2
    exit 1
}
folder=$1 port=$2
shift 2
# It refuses to be root.
if [ "$(id -u)" = 0 ]; then
    chmod 777 "$folder"
    set -- -u nobody "$@"
fi
cd "$folder"
smtp-sink -d '%s.' "$@" "127.0.0.1:$port" 100 </dev/null >/dev/null 2>"$folder/.said" &
server=$!
trap 'kill $server 2>/dev/null || true; wait $server 2>/dev/null || true' EXIT
tries=0
until grep -q ":$(printf '%04X' "$port") 00000000:0000 0A" /proc/net/tcp; do
    tries=$((tries + 1))
    [ "$tries" -lt 200 ] && kill -0 "$server" || { cat "$folder/.said" >&2; exit 1; }
    sleep 0.02
done
echo ready
cat >/dev/null
