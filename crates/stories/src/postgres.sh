# One throw-away PostgreSQL server, which lives exactly as long as whoever holds our standard input.
#
# Run as `sh -c "<this text>" postgres.sh <process id of the test>`. Prints one line on standard output:
# the folder that holds the data and the socket. The server goes, and the folder with it, when standard
# input closes, however the test ended: the kernel closes it even for a killed process. What a killed
# *script* leaves is swept by the next run.
#
# With MUSTER_POSTGRES_PORT it listens there on 127.0.0.1 too, and offers TLS with the texts (PEM) in
# MUSTER_POSTGRES_CERTIFICATE and MUSTER_POSTGRES_KEY.
set -eu
owner=$1

# PostgreSQL refuses to run as root. $0 and the text of this script cannot be had portably after `exec`,
# so the caller passes the text in MUSTER_POSTGRES_SCRIPT.
if [ "$(id -u)" = 0 ]; then
    if command -v runuser >/dev/null && id postgres >/dev/null 2>&1; then
        exec runuser -u postgres -- sh -c "$MUSTER_POSTGRES_SCRIPT" postgres.sh "$owner"
    fi
    echo "PostgreSQL is not installed (there is no user postgres): install it, on Debian with 'apt-get install postgresql'" >&2
    exit 3
fi

# The newest version that is installed; Debian keeps the server's programs off the PATH.
bin=$(ls -d /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql@*/bin 2>/dev/null | sort -V | tail -n 1)
if [ -z "$bin" ] && command -v initdb >/dev/null; then
    bin=$(dirname "$(command -v initdb)")
fi
if [ -z "$bin" ] || [ ! -x "$bin/initdb" ]; then
    echo "PostgreSQL is not installed (no initdb): install it, on Debian with 'apt-get install postgresql'" >&2
    exit 3
fi

# A socket's path may be 107 bytes long, so the folder is directly under /tmp, whatever TMPDIR says.
for stale in /tmp/muster-pg-*; do
    [ -d "$stale" ] && [ -O "$stale" ] || continue
    left=${stale#/tmp/muster-pg-}
    left=${left%%-*}
    if [ -d "/proc/$left" ] || ps -p "$left" >/dev/null 2>&1; then continue; fi
    "$bin/pg_ctl" -D "$stale/data" -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$stale"
done

home=$(mktemp -d "/tmp/muster-pg-$owner-XXXXXX")
stop() {
    "$bin/pg_ctl" -D "$home/data" -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$home"
}
trap stop EXIT
trap 'exit 1' HUP INT TERM PIPE

"$bin/initdb" --no-sync --auth=trust --username=postgres --encoding=UTF8 --locale=C -D "$home/data" >"$home/log" 2>&1 ||
    { cat "$home/log" >&2; exit 4; }
# Nothing here has to survive a crash; everything here has to be quick.
cat >>"$home/data/postgresql.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '$home'
fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum = off
max_connections = 300
shared_buffers = 64MB
CONF
if [ -n "${MUSTER_POSTGRES_PORT:-}" ]; then
    umask 077
    printf '%s' "$MUSTER_POSTGRES_CERTIFICATE" >"$home/data/server.crt"
    printf '%s' "$MUSTER_POSTGRES_KEY" >"$home/data/server.key"
    cat >>"$home/data/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
port = $MUSTER_POSTGRES_PORT
ssl = on
CONF
fi
"$bin/pg_ctl" -D "$home/data" -l "$home/log" -w start >/dev/null 2>&1 ||
    { cat "$home/log" >&2; exit 5; }
echo "$home"
cat >/dev/null || true
