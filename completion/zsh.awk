# SPDX-License-Identifier: MIT
# zsh.awk: crumple.zsh.in with a function of _arguments for each verb.

/^# @tables/ { put_tables(); next }
FILENAME ~ /[.]in$/ { print }

function put_tables(    v, i, name) {
    print "_crumple_verbs=("
    for (v = 1; v <= verb_count; v++)
        print "    " single(verbs[v] ":" summary[verbs[v]])
    print ")"
    for (v = 1; v <= verb_count; v++) {
        name = verbs[v]
        print "\n_crumple_" name "() {\n    _arguments -s -S : \\"
        for (i = 1; i <= option_count[name]; i++)
            print "        " specification(name, i) " \\"
        print "        " single("(- *)--help[show the options]") " \\"
        print "        " operand(name) "\n}"
    }
}

function specification(name, i,    long, short, text, what) {
    text = "[" escaped(help[name, i]) "]"
    what = kind_of(name, i) == "none" ? "" : ":" escaped(argument[name, i]) ":" action(name, i)
    long = "--" option[name, i] (what == "" ? "" : "=")
    if (!letter[name, i]) return single((help[name, i] ~ /several times/ ? "*" : "") long text what)
    short = "-" letter[name, i] (what == "" ? "" : "+")
    return single("(-" letter[name, i] " --" option[name, i] ")" short text what) " " \
        single("(-" letter[name, i] " --" option[name, i] ")" long text what)
}

function action(name, i,    kind) {
    kind = kind_of(name, i)
    if (kind == "words") return "(" words_of(name, i) ")"
    if (kind == "key") return "compadd -S= -- " words_of(name, i)
    if (kind == "dir") return "_files -/"
    if (kind == "file") return "_files"
    if (kind == "command") return "_command_names -e"
    return " "
}

function operand(name,    kind) {
    kind = operand_kind(name)
    if (kind == "command") return single("1:command: _command_names -e") " " single("*:::arguments: _normal")
    if (kind == "bundle") return single("*:bundle:_crumple_bundles")
    if (kind == "pid") return single("1:process:_pids")
    return single("*:" kind ":_files" (kind == "dir" ? " -/" : ""))
}

function escaped(s) {
    gsub(/\\/, "\\\\", s)
    gsub(/[\[\]:]/, "\\\\&", s)
    return s
}

function single(s) {
    gsub(/'/, "'\\''", s)
    return "'" s "'"
}
