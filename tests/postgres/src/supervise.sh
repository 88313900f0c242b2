# Makes a PostgreSQL cluster in $2 with the programs of $1, as a standby where $3 says of whom, and runs it with the options
# that follow. Does what is asked on standard input, a word a line, until nobody holds the other end any more; then ends the
# server and removes $2.
trap '' INT TERM HUP
bin=$1 home=$2 primary=$3
shift 3
if [ -n "$primary" ]; then
    "$bin/pg_basebackup" --dbname="$primary" --pgdata="$home/data" --write-recovery-conf --checkpoint=fast --no-sync \
        </dev/null >"$home/log" 2>&1 || exit 1
else
    "$bin/initdb" --pgdata="$home/data" --username=postgres --auth=trust --encoding=UTF8 --locale=C --no-sync \
        </dev/null >"$home/log" 2>&1 || exit 1
fi
start() {
    "$bin/postgres" -D "$home/data" -k "$home" "$@" </dev/null >>"$home/log" 2>&1 &
    server=$!
}
start "$@"
while read -r word; do
    case $word in
    # Every session ends at once, nothing is tidied up: the next start recovers as after a crash.
    crash)
        kill -QUIT "$server" 2>/dev/null
        wait "$server"
        ;;
    start) start "$@" ;;
    promote) "$bin/pg_ctl" promote --pgdata="$home/data" --no-wait </dev/null >>"$home/log" 2>&1 ;;
    esac
done
kill -QUIT "$server" 2>/dev/null
wait "$server"
rm -rf "$home"
