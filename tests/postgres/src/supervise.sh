# Makes a PostgreSQL cluster in $2 with the programs of $1 and runs it with the options that follow, until nobody holds
# the other end of standard input any more; then ends it and removes $2.
trap '' INT TERM HUP
bin=$1 home=$2
shift 2
"$bin/initdb" --pgdata="$home/data" --username=postgres --auth=trust --encoding=UTF8 --locale=C --no-sync \
    </dev/null >"$home/log" 2>&1 || exit 1
"$bin/postgres" -D "$home/data" -k "$home" "$@" </dev/null >>"$home/log" 2>&1 &
server=$!
cat >/dev/null
kill -QUIT "$server" 2>/dev/null
wait "$server"
rm -rf "$home"
