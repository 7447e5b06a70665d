# SPDX-License-Identifier: MIT
# bash.awk: crumple.bash.in with the tables as functions; they set kind and words, which belong to _crumple.

/^# @tables/ { put_tables(); next }
FILENAME ~ /[.]in$/ { print }

function put_tables(    v, i, name, list) {
    list = ""
    for (v = 1; v <= verb_count; v++) list = list (v > 1 ? " " : "") verbs[v]
    print "_crumple_verbs='" list "'\n"
    print "_crumple_options() { # VERB\n    case $1 in"
    for (v = 1; v <= verb_count; v++) {
        name = verbs[v]
        list = ""
        for (i = 1; i <= option_count[name]; i++)
            list = list (i > 1 ? " " : "") "--" option[name, i] (kind_of(name, i) == "none" ? "" : "=")
        print "    " name ") words='" list "' ;;"
    }
    print "    *) words='' ;;\n    esac\n}\n"
    print "_crumple_argument() { # VERB OPTION\n    words='' kind=none\n    case \"$1 $2\" in"
    for (v = 1; v <= verb_count; v++) {
        name = verbs[v]
        for (i = 1; i <= option_count[name]; i++)
            if (kind_of(name, i) != "none")
                print "    " names(name, i) ") kind='" kind_of(name, i) "'" (words_of(name, i) ? " words='" words_of(name, i) "'" : "") " ;;"
    }
    print "    esac\n}\n"
    print "_crumple_operand() { # VERB\n    words='' kind='file'\n    case $1 in"
    for (v = 1; v <= verb_count; v++)
        print "    " verbs[v] ") kind='" operand_kind(verbs[v]) "' ;;"
    print "    esac\n}"
}

function names(name, i,    long) {
    long = "\"" name " --" option[name, i] "\""
    return letter[name, i] ? long " | \"" name " -" letter[name, i] "\"" : long
}
