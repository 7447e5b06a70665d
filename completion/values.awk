# SPDX-License-Identifier: MIT
# For bash.awk, zsh.awk and fish.awk: the rows of build/man/tables (man/rows.h), and what an argument may be.

BEGIN { FS = "\t" }

$1 == "verb" && $2 !~ /^crumple-/ { verbs[++verb_count] = $2; summary[$2] = $4; operands[$2] = $3 }

# The options of the preload are crumple-run's, too; 'run' and 'drill' are programs of their own.
$1 == "option" {
    name = $2 == "preload" || $2 == "crumple-run" ? "run" : $2 == "crumple-drill" ? "drill" : $2
    count = ++option_count[name]
    letter[name, count] = $3
    option[name, count] = $4
    argument[name, count] = $5
    words[name, count] = $6
    help[name, count] = $7
}

# What the argument of an option is: words, key (a word and '='), file, dir, command, other; or none.
function kind_of(name, i,    what) {
    what = argument[name, i]
    if (what == "") return "none"
    if (what ~ /=/ && words[name, i] != "") return "key"
    if (words[name, i] != "" || what == "SIGNAL") return "words"
    if (what ~ /DIR/) return "dir"
    if (what ~ /FILE|PATH/) return "file"
    if (what == "CMD" || what == "COMMAND") return "command"
    return "other"
}

# Words between spaces.
function words_of(name, i,    list) {
    if (argument[name, i] == "SIGNAL") return "TERM INT HUP QUIT USR1 USR2 KILL"
    list = words[name, i]
    gsub(/\|/, " ", list)
    sub(/ $/, "", list)
    return list
}

# What the operands of a verb are: bundle, pid, command, dir, file.
function operand_kind(name,    what) {
    what = operands[name]
    if (name == "run" || name == "drill") return "command"
    if (what ~ /BUNDLE/) return "bundle"
    if (what ~ /CMD/) return "command"
    if (what ~ /PID/) return "pid"
    if (what ~ /FILE/) return "file"
    if (what ~ /DIR/) return "dir"
    return "file"
}
