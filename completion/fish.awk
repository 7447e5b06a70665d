# SPDX-License-Identifier: MIT
# fish.awk: crumple.fish.in with a line for each verb and each option.

/^# @tables/ { put_tables(); next }
FILENAME ~ /[.]in$/ { print }

function put_tables(    v, i, name) {
    for (v = 1; v <= verb_count; v++)
        print "complete -c crumple -n __fish_use_subcommand -a " verbs[v] " -d " single(summary[verbs[v]])
    for (v = 1; v <= verb_count; v++) {
        name = verbs[v]
        for (i = 1; i <= option_count[name]; i++) {
            print "complete -c crumple -n '__fish_seen_subcommand_from " name "'" option_words(name, i)
            if (name == "run" || name == "drill")
                print "complete -c crumple-" name option_words(name, i)
        }
        put_operand(name)
    }
}

function option_words(name, i,    kind, line) {
    kind = kind_of(name, i)
    line = (letter[name, i] ? " -s " letter[name, i] : "") " -l " option[name, i]
    if (kind == "words") line = line " -x -a " single(words_of(name, i))
    else if (kind == "key") line = line " -x -a " single(keys_of(name, i))
    else if (kind == "dir") line = line " -x -a '(__fish_complete_directories)'"
    else if (kind == "command") line = line " -x -a '(__fish_complete_command)'"
    else if (kind == "file") line = line " -r -F"
    else if (kind == "other") line = line " -x"
    return line " -d " single(help[name, i])
}

function put_operand(name,    kind, line) {
    kind = operand_kind(name)
    line = "complete -c crumple -n '__fish_seen_subcommand_from " name "'"
    if (kind == "bundle") print line " -a '(__crumple_bundles)'"
    if (kind == "pid") print line " -f -a '(__fish_complete_pids)'"
    if (kind == "command") print line " -a '(__fish_complete_command)'"
    if (name == "run" || name == "drill") print "complete -c crumple-" name " -a '(__fish_complete_subcommand)'"
}

function keys_of(name, i,    list) {
    list = words_of(name, i)
    gsub(/ /, "= ", list)
    return list "="
}

function single(s) {
    gsub(/\\/, "\\\\", s)
    gsub(/'/, "\\'", s)
    return "'" s "'"
}
