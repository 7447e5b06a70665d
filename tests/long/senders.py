#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
tests/long/senders.py [RUNS [SERVER...]]: servers with handlers of their own (redis, mariadb, apache, exim, squid) and
without (node, icecast, coturn, unbound, haproxy, dnsmasq) get a signal from outside, or write to address 0 in their
first thread or another one (tests/fault_in sends it there). Each death must leave one bundle that names the sender or
the fault, with the status of the signal. squid's workers lose their preloads: there the line that says so counts.
Needs root, 'make tests', and Debian's redis-server, mariadb-server, apache2, exim4-daemon-light, nodejs, icecast2,
coturn, unbound, haproxy, dnsmasq-base and squid. Prints a line for each server and way, and what was not as expected.
"""
import glob, json, os, re, shutil, signal, stat, subprocess, sys, tempfile, time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("BUILD", ROOT + "/build")
INJECT = BUILD + "/tests/libinject.so"
WORK = tempfile.mkdtemp(prefix="senders-")
CRASHES = WORK + "/crashes"
os.chmod(WORK, 0o755)
os.mkdir(CRASHES, 0o755)

APACHE = f"""ServerRoot {WORK}
ServerName localhost
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
PidFile {WORK}/apache.pid
ErrorLog {WORK}/apache.log
Listen 127.0.0.1:8491
User www-data
Group www-data
StartServers 1
ServerLimit 1
ThreadsPerChild 8
MaxRequestWorkers 8
"""
EXIM = f"""spool_directory = {WORK}/exim
log_file_path = {WORK}/exim/%s
keep_environment = *
daemon_smtp_ports = 8492
local_interfaces = 127.0.0.1
"""
ICECAST = f"""<icecast><hostname>localhost</hostname>
<authentication><source-password>a</source-password><admin-user>a</admin-user><admin-password>a</admin-password></authentication>
<listen-socket><port>8493</port><bind-address>127.0.0.1</bind-address></listen-socket>
<paths><basedir>/usr/share/icecast2</basedir><logdir>{WORK}/logs</logdir><webroot>/usr/share/icecast2/web</webroot>
<adminroot>/usr/share/icecast2/admin</adminroot></paths><logging><errorlog>icecast.log</errorlog></logging>
<security><changeowner><user>nobody</user><group>nogroup</group></changeowner></security></icecast>
"""
UNBOUND = f"""server:
  interface: 127.0.0.1@8494
  num-threads: 2
  chroot: ""
  username: nobody
  pidfile: {WORK}/unbound.pid
  use-syslog: no
  do-daemonize: no
remote-control:
  control-enable: no
"""
HAPROXY = """global
  user haproxy
  group haproxy
  nbthread 3
defaults
  mode http
  timeout connect 1s
  timeout client 1s
  timeout server 1s
frontend all
  bind 127.0.0.1:8496
  http-request return status 200
"""
SQUID = f"""http_port 127.0.0.1:8498
workers 2
pid_filename {WORK}/logs/squid.pid
cache_log {WORK}/logs/squid.log
access_log none
cache deny all
coredump_dir {WORK}/logs
pinger_enable off
shutdown_lifetime 0 seconds
"""
COMMANDS = {
    "redis": ["redis-server", "--port", "0", "--unixsocket", WORK + "/redis", "--save", "", "--dir", WORK],
    "mariadb": ["mariadbd", "--no-defaults", f"--datadir={WORK}/data", f"--socket={WORK}/mariadb", "--skip-networking",
                "--user=root", f"--pid-file={WORK}/mariadb.pid"],
    "apache": ["apache2", "-f", WORK + "/apache.conf", "-DFOREGROUND"],
    "exim": ["exim4", "-C", WORK + "/exim.conf", "-bdf"],
    "node": ["node", "-e", f"require('net').createServer().listen('{WORK}/node')"],
    "icecast": ["icecast2", "-c", WORK + "/icecast.xml"],
    "coturn": ["turnserver", "-n", "-L", "127.0.0.1", "-p", "8495", "--no-tls", "--no-dtls", "--no-cli", "--lt-cred-mech",
               "-u", "user:word", "-r", "realm", f"--log-file={WORK}/turn.log", "--pidfile", WORK + "/turn.pid"],
    "unbound": ["unbound", "-d", "-c", WORK + "/unbound.conf"],
    "haproxy": ["haproxy", "-db", "-f", WORK + "/haproxy.cfg"],
    "dnsmasq": ["dnsmasq", "--keep-in-foreground", "--port=8497", "--listen-address=127.0.0.1", "--bind-interfaces",
                "--conf-file=/dev/null", f"--pid-file={WORK}/dnsmasq.pid", "--user=nobody"],
    "squid": ["squid", "--foreground", "-d", "1", "-f", WORK + "/squid.conf"],
}
READY = {
    "redis": ["redis-cli", "-s", WORK + "/redis", "ping"],
    "mariadb": ["mariadb-admin", "--no-defaults", "-S", WORK + "/mariadb", "-u", "root", "ping"],
    "apache": ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8491"],
    "exim": ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8492"],
    "node": ["test", "-S", WORK + "/node"],
    "icecast": ["bash", "-c", "sleep 0.3; exec 3<>/dev/tcp/127.0.0.1/8493"],
    "coturn": ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8495"],
    "unbound": ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8494"],
    "haproxy": ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8496"],
    "dnsmasq": ["bash", "-c", f"test -s {WORK}/dnsmasq.pid; exec 3<>/dev/tcp/127.0.0.1/8497"],
    "squid": ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8498"],
}
# Number of a thread, by its id, that waits elsewhere than the first one; None: there is none.
WORKER = {"redis": 2, "mariadb": 2, "apache": 3, "exim": None, "node": None, "icecast": 3, "coturn": 3,
          "unbound": 2, "haproxy": 2, "dnsmasq": None, "squid": None}
# The process that is hit is a child of the one that was started.
PARENTS = {"apache": 10, "squid": 1}  # with so many threads


def quiet(command):
    return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


def wait_for(condition, seconds=15):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)


def prepare(name):
    if name == "apache":
        open(WORK + "/apache.conf", "w").write(APACHE)
    if name == "exim":
        os.makedirs(WORK + "/exim", exist_ok=True)
        shutil.chown(WORK + "/exim", "Debian-exim")
        open(WORK + "/exim.conf", "w").write(EXIM)
    os.makedirs(WORK + "/logs", exist_ok=True)
    os.chmod(WORK + "/logs", 0o777)
    for file, text in (("icecast.xml", ICECAST), ("unbound.conf", UNBOUND), ("haproxy.cfg", HAPROXY), ("squid.conf", SQUID)):
        open(WORK + "/" + file, "w").write(text)
    if name == "mariadb" and not os.path.isdir(WORK + "/data"):
        quiet(["mariadb-install-db", "--no-defaults", f"--datadir={WORK}/data", "--user=root"])


def children(pid):
    return [int(child) for child in open(f"/proc/{pid}/task/{pid}/children").read().split()]


def has_threads(pid, count):
    return len(os.listdir(f"/proc/{pid}/task")) >= count


def victim_of(name, server):
    if name not in PARENTS:
        wait_for(lambda: has_threads(server.pid, WORKER[name] or 1))
        return server.pid
    wait_for(lambda: children(server.pid) and has_threads(children(server.pid)[0], PARENTS[name]))
    return children(server.pid)[0]


def write_null(pid, thread):
    tasks = sorted(int(task) for task in os.listdir(f"/proc/{pid}/task"))
    quiet([BUILD + "/tests/fault_in", INJECT, str(tasks[thread - 1])])


def bundles():
    return glob.glob(CRASHES + "/*/*.tar.zst") + glob.glob("/tmp/crumple-*/*/*.tar.zst")


def titles(before):
    found = []
    for bundle in set(bundles()) - before:
        text = subprocess.run(["tar", "--zstd", "-xOf", bundle, "report.json"], capture_output=True).stdout
        found.append(json.loads(text))
    return found


def judge(name, way, reports, status):
    """What is wrong, or None."""
    if name == "squid" and not reports and "AT_SECURE" in open(WORK + "/log").read():
        return None
    if len(reports) != 1:
        return f"{len(reports)} bundles: {[report['title'] for report in reports]}"
    report = reports[0]
    wanted = "ABRT" if way == "ABRT" else "SEGV"
    if way in ("SEGV", "ABRT"):
        expected = rf"SIG{wanted} sent by {re.escape(open('/proc/self/comm').read().strip())} \(pid {os.getpid()}, uid 0\)"
    else:
        expected = r"SIGSEGV in .*: write to address 0x0|SIGSEGV: write to address 0x0"
    if not re.match(expected, report["title"]):
        return report["title"]
    crashed = report["threads"][0]
    if way in ("main", "worker") and (way == "worker") == (crashed["tid"] == report["pid"]):
        return f"thread {crashed['tid']} of {report['pid']}: {report['title']}"
    if status is not None and status != -getattr(signal, "SIG" + wanted):
        return f"status {status}: {report['title']}"
    return None


def one(name, way):
    before = set(bundles())
    for left in glob.glob(WORK + "/*"):
        if stat.S_ISSOCK(os.stat(left).st_mode):
            os.unlink(left)
    environment = dict(os.environ, LD_PRELOAD=BUILD + "/libcrumple.so " + INJECT, CRUMPLE_DIR=CRASHES,
                       CRUMPLE_KEEP="count=5000,bytes=1G,free=0%,per_signature=5000/1h")
    with open(WORK + "/log", "a") as log:
        server = subprocess.Popen(COMMANDS[name], stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment)
    wait_for(lambda: quiet(READY[name]))
    victim = victim_of(name, server)
    if way in ("SEGV", "ABRT"):
        os.kill(victim, getattr(signal, "SIG" + way))
    else:
        write_null(victim, 1 if way == "main" else WORKER[name])
        quiet(READY[name])  # wakes who waits for connections
    wait_for(lambda: not os.path.exists(f"/proc/{victim}") or server.poll() is not None)
    wait_for(lambda: set(bundles()) - before, 2)
    status = server.poll()
    if status is None:
        server.terminate()
        try:
            server.wait(5)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        status = None if victim != server.pid else "alive"
    return judge(name, way, titles(before), status)


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    failed = False
    for name in sys.argv[2:] or COMMANDS:
        prepare(name)
        for way in ["SEGV", "ABRT", "main"] + (["worker"] if WORKER[name] else []):
            wrong = [trouble for trouble in (one(name, way) for _ in range(runs)) if trouble]
            print(f"{name} {way}: {runs - len(wrong)} of {runs}", *sorted(set(wrong)), sep="\n    ", flush=True)
            failed = failed or bool(wrong)
    if not os.environ.get("KEEP"):
        shutil.rmtree(WORK)
    sys.exit(failed)


main()
