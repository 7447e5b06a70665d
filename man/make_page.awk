# SPDX-License-Identifier: MIT
# make_page.awk TABLES CHANGELOG.md DOCUMENT PAGE.in: PAGE.in in mdoc(7), with what these lines stand for:
#
#   @date                  in any line: of the first heading of CHANGELOG.md
#   @verbs                 the verbs of crumple, one a line
#   @every-verb            a subsection for each verb of crumple with its operands, options and examples
#   @options VERB          its options ('preload': those of the preload)
#   @examples VERB, @exits VERB
#   @about VERB            its paragraph
#   @variables             those of the preload
#   @document              the page that from_markdown.awk has read

BEGIN { FS = "\t" }

FILENAME != file { file = FILENAME; files++ }

# TABLES
files == 1 && $1 == "verb" { verbs[++verb_count] = $2; operands[$2] = $3; summary[$2] = $4; program[$2] = $5; about[$2] = $6 }
files == 1 && $1 == "option" { options[$2] = options[$2] option($3, $4, $5) sentence($7) }
files == 1 && $1 == "example" { examples[$2] = examples[$2] example($3, $4) }
files == 1 && $1 == "exit" { exits[$2] = exits[$2] ".It " $3 "\n" prose($4) }
files == 1 && $1 == "variable" { variables = variables variable($2, $3, $4, $5) }

# CHANGELOG.md: '## 0.1.0 (2026-11-30)'
files == 2 && /^## [0-9]/ && !date {
    split($0, heading, "[ ()]+")
    split(heading[3], day, "-")
    split("January February March April May June July August September October November December", months, " ")
    date = months[day[2] + 0] " " (day[3] + 0) ", " day[1]
}

files == 3 { document = document block($1, $2, $3) }

files == 4 && /^@[a-z]/ { put($0); next }
files == 4 { gsub(/@date/, date); print }

function put(line,    parts, name) {
    split(line, parts, " ")
    name = parts[2]
    if (parts[1] == "@verbs") put_verbs()
    else if (parts[1] == "@every-verb") put_every_verb()
    else if (parts[1] == "@options") printf "%s", options[name]
    else if (parts[1] == "@examples") printf "%s", substr(examples[name], length(".Pp\n") + 1)
    else if (parts[1] == "@exits") printf "%s", exits[name]
    else if (parts[1] == "@about") printf "%s", prose(about[name])
    else if (parts[1] == "@variables") printf "%s", variables
    else if (parts[1] == "@document") printf "%s", document block("end")
    else { print "make_page.awk: unknown: " line >"/dev/stderr"; failed = 1; exit 1 }
}

function put_verbs(    i, name) {
    for (i = 1; i <= verb_count; i++) {
        name = verbs[i]
        if (name ~ /^crumple-/) continue
        printf ".It Cm %s\n%s", name, sentence(summary[name])
    }
}

function put_every_verb(    i, name) {
    for (i = 1; i <= verb_count; i++) {
        name = verbs[i]
        if (name ~ /^crumple-/) continue
        print ".Ss crumple " name
        if (program[name]) {
            printf "%s.Pp\nThis is the program\n.Xr %s 1 .\n", sentence(summary[name]), program[name]
            continue
        }
        printf ".D1 Nm Cm %s Oo Ar option ... Oc %s\n.Pp\n", name, unbroken(dashed(operands[name]))
        printf "%s", prose(about[name])
        if (options[name])
            printf ".Bl -tag -width Ds\n%s.El\n", options[name]
        print ".Pp\nExit status:\n.Bl -tag -width Ds -compact"
        printf "%s.El\n", exits[name]
        printf "%s", examples[name]
    }
}

# Words on one line.
function unbroken(s) {
    gsub(/ /, "\\ ", s)
    return s
}

# In a macro line: words of its own, no macro, no delimiter.
function quoted(s) {
    s = dashed(s)
    gsub(/"/, "\\(dq", s)
    return "\"" bold(s) "\""
}

# Words between backquotes.
function bold(s) {
    is_bold = 0
    while (sub(/`/, is_bold ? "\\fP" : "\\fB", s))
        is_bold = !is_bold
    return s
}

# A dash that is typed stays one.
function dashed(s) {
    gsub(/\\/, "\\e", s)
    gsub(/-/, "\\-", s)
    return s
}

function option(letter, name, argument,    line) {
    line = ".It"
    if (letter) line = line " Fl " letter " ,"
    line = line " Fl -" name
    if (argument) line = line " Ns = Ns Ar " quoted(argument)
    return line "\n"
}

function example(command, meaning) {
    return ".Pp\n" prose(capital(meaning) (meaning ~ /[.?]$/ ? "" : ":")) ".Bd -literal -offset indent\n" verbatim(command) "\n.Ed\n"
}

function verbatim(s) {
    s = dashed(s)
    return s ~ /^[.']/ ? "\\&" s : s
}

function variable(name, fallback, values, help) {
    return ".It Ev " name "\n" sentence(help) ".Pp\n" prose("Values: " values "." (fallback == "" ? "" : " Default: `" fallback "`."))
}

# A line of from_markdown.awk; lines of one kind are one list.
function block(kind, text, meaning,    out) {
    if (kind != is_open) {
        out = is_open == "C" ? ".Ed\n" : is_open ~ /[BT]/ ? ".El\n" : ""
        if (kind == "C") out = out ".Bd -literal -offset indent\n"
        if (kind == "B") out = out ".Bl -bullet\n"
        if (kind == "T") out = out ".Bl -tag -width Ds\n"
    }
    is_fresh = is_open == "H"
    is_open = kind
    if (kind == "H") return out ".Ss " heading_of(text) "\n"
    if (kind == "P") return out (is_fresh ? "" : ".Pp\n") prose(text)
    if (kind == "B") return out ".It\n" prose(text)
    if (kind == "T") return out ".It " quoted(text) "\n" (meaning == "" ? "" : prose(meaning))
    if (kind == "C") return out verbatim(text) "\n"
    return out
}

function heading_of(s) {
    gsub(/`/, "", s)
    return "\\&" dashed(s)
}

# Summaries, and help texts of crumple-run, are clauses.
function sentence(s) {
    return prose(capital(s) (s ~ /[.]$/ ? "" : "."))
}

function capital(s) {
    return s ~ /^[a-z]+[ ,;:]/ && s !~ /^crumple/ ? toupper(substr(s, 1, 1)) substr(s, 2) : s
}

# Dashes of options, and of negative numbers, are typed; others are hyphens. Words between backquotes are bold.
function dashed_options(s,    i, c, before, out) {
    out = ""
    before = " "
    for (i = 1; i <= length(s); i++) {
        c = substr(s, i, 1)
        if (c == "\\") out = out "\\e"
        else if (c == "-" && (before !~ /[A-Za-z0-9]/)) out = out "\\-"
        else if (c == "`") { is_bold = !is_bold; out = out (is_bold ? "\\fB" : "\\fP") }
        else out = out c
        before = c
    }
    return out
}

# Lines of at most 78 columns; each sentence begins one.
function prose(s,    count, parts, i, line, out) {
    count = split(s, parts, / +/)
    line = out = ""
    is_bold = 0
    for (i = 1; i <= count; i++) {
        parts[i] = dashed_options(parts[i])
        gsub(/\(\)/, "\\\\\\&()", parts[i]) # the name of a function, as its authors wrote it: no macro
        if (line != "" && (length(line) + 1 + length(parts[i]) > 78 || line ~ /[.?!][)']?$/)) {
            out = out guarded(line) "\n"
            line = ""
        }
        line = line (line == "" ? "" : " ") parts[i]
    }
    return out guarded(line) "\n"
}

function guarded(line) {
    return line ~ /^[.']/ ? "\\&" line : line
}

END { if (failed) exit 1 }
