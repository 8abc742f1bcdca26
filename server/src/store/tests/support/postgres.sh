# Starts a throw-away PostgreSQL, stops it when nobody has held the lock for a while.
set -eu
folder=$1 programs=$2 port=$3
data=$folder/data

# The server refuses to run as root.
as_server() {
    if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

stop() {
    rm -f "$folder/port"
    as_server "$programs/pg_ctl" -D "$data" -m immediate stop >&2 || true
    rm -rf "$data"
}

cd /
rm -rf "$data"
mkdir -m 700 "$data"
if [ "$(id -u)" = 0 ]; then chown postgres "$data"; fi
trap 'stop; exit 1' EXIT HUP INT TERM
as_server "$programs/initdb" -D "$data" -U postgres -A trust --no-sync --locale=C.UTF-8 >&2
as_server "$programs/pg_ctl" -D "$data" -l "$data/server.log" -w start -o "-p $port \
    -c listen_addresses=127.0.0.1 -c unix_socket_directories=$data -c max_connections=200 \
    -c fsync=off -c full_page_writes=off" >&2
echo "$port" >"$folder/port.new"
mv "$folder/port.new" "$folder/port"

exec 9<>"$folder/users"
idle=0
while [ "$idle" -lt 3 ]; do
    sleep 1
    if flock -n -x 9; then
        idle=$((idle + 1))
        # The last time it keeps the lock, so that nobody takes up a server that stops.
        [ "$idle" -ge 3 ] || flock -u 9
    else
        idle=0
    fi
done
trap - EXIT HUP INT TERM
stop
