#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""
tests/collecting/truth.py FROM TO: for each number of the range, crash directories with bundles, crashes.ndjson and events
of other programs by chance; then each count, share, date, trend and gate of 'crumple group' and 'list', with filters,
against what this program makes of the reports that tar unpacks. Prints what differs; the status is 1 then.
"""
import datetime, fnmatch, io, json, os, random, subprocess, sys, tarfile, tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("BUILD", ROOT + "/build")
DAY = 86400
BEGIN = datetime.datetime(2026, 11, 1, tzinfo=datetime.timezone.utc)
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
LABELS = ("version", "build")
SIGNATURES = ["SIGSEGV | parse | serve", "SIGSEGV | parse | other", "assert | f(int, char) | g", "SIGBUS | x", "exit 3 | quit"]
EVENTS = ["crash"] * 6 + ["contained"] * 3 + ["exit", "died", "dump", "logged", "rewound"]
IN_LOG = {"crash", "contained", "exit", "died", "dump", "logged"}
TAGS = {"rpc": ["join", "leave", ""], "version": ["1.8", "1.9", ""], "build": ["r7"], "host": ["a tag"]}


class Maker:
    """Writes the files, and knows nothing of the answers."""

    def __init__(self, seed, template):
        self.random, self.template = random.Random(seed), template

    def facts(self):
        r = self.random
        time = BEGIN + datetime.timedelta(seconds=r.choice([0, 5, DAY, 3 * DAY]), microseconds=r.choice([0, 1, 999999]))
        if r.random() < 0.3:
            time += datetime.timedelta(seconds=r.randrange(12 * DAY))
        signature = r.choice(SIGNATURES)
        return time, {
            "event": r.choice(EVENTS),
            "time": time.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "signature": signature if r.random() < 0.95 else None,
            "title": "T " + signature,
            "exe": r.choice(["/usr/bin/alpha", "/opt/alpha", "/usr/sbin/beta", "/srv/gamma"]),
            "hostname": r.choice(["web1", "web2", None]),
            "build_id": r.choice(["aabbccdd11", "aabbccdd22", "ffee0011", None]),
            "pid": r.randrange(2, 99999),
            "tags": {name: r.choice(values) for name, values in TAGS.items() if r.random() < 0.6},
        }

    def bundle(self, folder):
        time, facts = self.facts()
        name = f"{time:%Y%m%dT%H%M%S.%fZ}-{os.path.basename(facts['exe'])}-{facts['pid']}"
        text = json.dumps({**self.template, **facts, "id": name}).encode()
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar:
            member = tarfile.TarInfo("report.json")
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text))
        with open(f"{folder}/{name}.tar.zst", "wb") as file:
            subprocess.run(["zstd", "-q", "-1", "-c"], input=packed.getvalue(), stdout=file, check=True)
        return {**facts, "path": name + ".tar.zst"}

    def folder(self, folder):
        r, log, foreign = self.random, [], []
        os.makedirs(folder)
        for _ in range(r.randrange(16)):
            line = self.bundle(folder)
            if r.random() < 0.8:
                log.append(json.dumps(line))
        for _ in range(r.randrange(12)):
            gone = self.facts()[1]
            gone.update({"path": "gone.tar.zst"} if r.random() < 0.5 else {"count": r.randrange(1, 50), "suppressed": True})
            log += [json.dumps(gone), "{torn"]
        for _ in range(r.randrange(8)):
            time, line = self.facts()
            line["time"] = r.choice([line["time"], time.timestamp(), int(time.timestamp() * 1000)])
            line["host"], line["tags"] = line.pop("hostname"), {**line["tags"], "n": 7, "ok": True, "none": None}
            foreign.append(json.dumps(line))
        r.shuffle(log)
        for name, lines in (("crashes.ndjson", log), ("other.ndjson", foreign)):
            with open(f"{folder}/{name}", "w") as file:
                file.write("".join(line + "\n" for line in lines))


def us(time):
    if isinstance(time, (int, float)):
        return int(time * 1e6) if time < 1e11 else int(time * 1e3)
    read = datetime.datetime.strptime(time, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=datetime.timezone.utc)
    return (read - EPOCH) // datetime.timedelta(microseconds=1)


def row_of(facts, kind):
    """An event as the answers should know it."""
    words = {True: "true", False: "false"}
    tags = {name: words.get(value, str(value)) if isinstance(value, bool) else str(value)
            for name, value in facts["tags"].items() if value is not None}
    return {**facts, "kind": kind, "us": us(facts["time"]), "count": facts.get("count", 1), "tags": tags,
            "host": facts.get("hostname") or facts.get("host"), "program": os.path.basename(facts["exe"]),
            "name": facts["signature"] or facts["title"]}


def rows_of(folders):
    rows = []
    for folder in folders:
        for file in os.listdir(folder):
            if file.endswith(".tar.zst"):
                text = subprocess.check_output(["tar", "--zstd", "-xOf", f"{folder}/{file}", "report.json"])
                rows.append(row_of(json.loads(text), "bundle"))
            for line in open(f"{folder}/{file}") if file.endswith(".ndjson") else []:
                facts = json.loads(line) if line[-2] == "}" else {"event": "torn"}
                if file == "other.ndjson":
                    rows.append(row_of(facts, "foreign"))
                elif facts["event"] in IN_LOG and not os.path.exists(f"{folder}/{facts.get('path', ' ')}"):
                    rows.append(row_of(facts, "counted"))
    return rows


def count(rows, test=lambda row: True):
    return sum(row["count"] for row in rows if test(row))


def is_of(row, build):
    ident = row["build_id"] or ""
    return build in [row["tags"].get(name) for name in LABELS] or ident == build or len(build) > 3 and ident.startswith(build)


def is_known(row):
    return any(row["tags"].get(name) for name in LABELS) or row["build_id"]


def shared_of(members, rows, program):
    others = [row for row in rows if row["name"] != members[0]["name"] and row["program"] == program]
    found, all_members, all_others = {}, count(members), count(others)
    if all_members < 3 or all_others == 0:
        return found
    def facts(row):
        return {("host", False, row["host"]), ("build", False, row["build_id"])} | {(k, True, v) for k, v in row["tags"].items()}
    for fact in set().union(*map(facts, members)):
        has = lambda row: fact[2] is not None and fact in facts(row)
        here, there = count(members, has) / all_members, count(others, has) / all_others
        if here >= 0.9 and there * 2 <= here:
            found[fact] = (round(here, 6), round(there, 6))
    return found


def group_of(members, rows, begin, end, program):
    trend = [0] * 8
    for row in members:
        trend[min(7, max(0, int((row["us"] - begin) / (end - begin + 1) * 8)))] += row["count"]
    return {
        "count": count(members),
        "contained": count(members, lambda row: row["event"] == "contained"),
        "rewound": count(members, lambda row: row["event"] == "rewound"),
        "fatal": count(members, lambda row: row["event"] in ("crash", "exit", "died")),
        "counted": count(members, lambda row: row["kind"] == "counted"),
        "builds": len({row["build_id"] for row in members} - {None}),
        "hosts": len({row["host"] for row in members} - {None}),
        "first": min(row["us"] for row in members),
        "last": max(row["us"] for row in members),
        "trend": trend,
        "shared": shared_of(members, rows, program),
    }


class Check:
    def __init__(self, folders):
        self.folders, self.rows, self.bad = folders, rows_of(folders), 0

    def crumple(self, *words):
        run = subprocess.run([BUILD + "/crumple", *words, *self.folders], capture_output=True, text=True)
        return run.returncode, [json.loads(line) for line in run.stdout.splitlines()]

    def same(self, what, answer, truth):
        if answer != truth:
            self.bad += 1
            print(f"{what}:\n  crumple says {answer}\n  it is        {truth}")

    def groups(self, rows, words):
        begin, end = min((row["us"] for row in rows), default=0), max((row["us"] for row in rows), default=0)
        by_name = {}
        for row in rows:
            by_name.setdefault(row["name"], []).append(row)
        answers = {group["signature"] or group["title"]: group for group in self.crumple("group", "--json", *words)[1]}
        self.same((words, "groups"), sorted(answers), sorted(by_name))
        for name in set(answers) & set(by_name):
            answer = answers[name]
            truth = group_of(by_name[name], rows, begin, end, os.path.basename(answer["exe"]))
            answer.update(first=us(answer["first"]), last=us(answer["last"]))
            answer["shared"] = {(one["key"], one["tag"], one["value"]): (round(one["members"], 6), round(one["others"], 6))
                                for one in answer["shared"]}
            self.same((words, name), {member: answer[member] for member in truth}, truth)
        listed = [(us(row["time"]), row["event"], row["exe"]) for row in self.crumple("list", "--json", *words)[1]]
        self.same((words, "order"), [row[0] for row in listed], sorted(row[0] for row in listed))
        self.same((words, "list"), sorted(listed), sorted((row["us"], row["event"], row["exe"]) for row in rows if row["kind"] != "counted"))
        return by_name

    def gates(self, by_name, words):
        for build in ("1.9", "r7", "aabbccdd11", "aabb", "aab"):
            of = lambda row: is_of(row, build)
            programs = {row["program"] for rows in by_name.values() for row in rows if of(row)}
            new = {name for name, rows in by_name.items()
                   if any(map(of, rows)) and not any(is_known(row) and not of(row) for row in rows)}
            gone = {name for name, rows in by_name.items() if not any(map(of, rows))
                    and any(is_known(row) and row["program"] in programs for row in rows)}
            for option, truth in (("--new-in", new), ("--gone-in", gone)):
                status, groups = self.crumple("group", "--json", option, build, *words)
                self.same((option, build, words), {group["signature"] or group["title"] for group in groups}, truth)
                self.same((option, build, words, "status"), status, 1 if not programs else 4 if truth else 0)


FILTERS = [
    ([], lambda row: True),
    (["--where", "exe=alp*"], lambda row: row["program"] == "alpha"),
    (["--where", "host=web[1]", "--where", "event=c*"], lambda row: row["host"] == "web1" and row["event"][0] == "c"),
    (["--where", "tag:host=a tag"], lambda row: row["tags"].get("host") == "a tag"),
    (["--where", "build=aabb"], lambda row: is_of(row, "aabb")),
    (["--where", "build=1.?"], lambda row: fnmatch.fnmatch(row["tags"].get("version", ""), "1.?")),
    (["--where", "n=7", "--where", "ok=true"], lambda row: "n" in row["tags"]),
]


def main():
    bad = 0
    with tempfile.TemporaryDirectory() as work:
        subprocess.check_call([ROOT + "/tests/cli/make_bundle.sh", work + "/one", "20260101T000000.000001Z-alpha-7"])
        template = json.loads(subprocess.check_output(
            ["tar", "--zstd", "-xOf", work + "/one/20260101T000000.000001Z-alpha-7.tar.zst", "report.json"]))
        for seed in range(int(sys.argv[1]), int(sys.argv[2])):
            folders = [f"{work}/{seed}-{number}" for number in range(3)]
            maker = Maker(seed, template)
            for folder in folders:
                maker.folder(folder)
            check = Check(folders)
            for words, test in FILTERS:
                check.gates(check.groups([row for row in check.rows if test(row)], words), words)
            if check.bad:
                print(f"of number {seed}: {check.bad} answers")
            bad += check.bad
    sys.exit(1 if bad else 0)


main()
