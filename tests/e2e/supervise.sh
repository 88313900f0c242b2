# Runs a program, and ends it and all that it has started as soon as whoever started us is gone, however that went: then our
# input ends. $1 is a folder that goes too.
folder=$1
shift
"$@" </dev/null &
read -r _
trap '' TERM
kill -TERM 0
wait
rm -rf "$folder"
kill -KILL 0
