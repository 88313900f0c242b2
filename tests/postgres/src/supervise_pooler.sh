# Runs PgBouncer, the program $1, with the configuration in $2. Does what is asked on standard input, a word a line, until nobody
# holds the other end any more; then ends it and removes $2.
trap '' INT TERM HUP
pgbouncer=$1 home=$2
"$pgbouncer" -q "$home/pgbouncer.ini" </dev/null >>"$home/log" 2>&1 &
pooler=$!
while read -r word; do
    case $word in
    # It has a handler of its own, whatever is ignored here.
    reload) kill -HUP "$pooler" ;;
    esac
done
kill -KILL "$pooler" 2>/dev/null
wait "$pooler"
rm -rf "$home"
