"""The daemon under load: its configuration, its certificates, its log, and what it holds."""

import collections
import hashlib
import json
import os
import signal
import ssl
import subprocess
import threading
import time
from dataclasses import dataclass

# The longest that any one wait may take, seconds. Other work on the machine makes everything slow.
PATIENCE = 40
# What the proxy `brief` waits for, seconds: long enough that a busy machine is not taken for a silent peer.
BRIEF = 5

# Name, certificate, backend, what else its table holds. The names are what the driver calls the proxies.
PROXIES = [
    ("reply", "ecdsa", "tcp", 'close = { truncation = "reset-after-reply", truncation_grace = "30s" }'),
    ("reset", "rsa", "tcp", 'close = { truncation = "reset" }'),
    ("half", "ecdsa", "unix", 'close = { truncation = "half-close" }'),
    ("modern", "rsa", "tcp", 'tls.policy = "modern"\nclose = { truncation = "half-close" }'),
    ("brief", "ecdsa", "tcp", 'timeouts = {{ idle = "{0}s", half_closed = "{0}s", handshake = "{0}s" }}\n'
     'close = {{ truncation_grace = "500ms" }}'.format(BRIEF)),
    ("web", "rsa", "web", 'tls.alpn = ["http/1.1"]'),
    ("nobody", "ecdsa", "closed", ""),
]


class Certificates:
    """One authority, and a certificate of each kind below it that is made anew whenever it is asked for."""

    KEYS = {"ecdsa": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"], "rsa": ["rsa:2048"]}

    def __init__(self, folder):
        self.folder = folder
        self.root = os.path.join(folder, "root.pem")
        # What the daemon was last told to serve, by kind: SHA-256 of the certificate.
        self.current = {}
        self.make("root", self.KEYS["ecdsa"], "-subj", "/CN=Soak root")
        for kind in self.KEYS:
            self.renew(kind)

    def make(self, name, key, *more):
        path = os.path.join(self.folder, name)
        subprocess.run(
            ["openssl", "req", "-x509", "-nodes", "-days", "30", "-newkey", *key, "-keyout", path + ".key",
             "-out", path + ".pem", *more], check=True, capture_output=True)

    def renew(self, kind):
        """Writes a new certificate and its key over the old ones."""
        self.make(
            kind, self.KEYS[kind], "-subj", "/CN=soak.test", "-CA", self.root,
            "-CAkey", os.path.join(self.folder, "root.key"), "-addext", "subjectAltName=DNS:*.soak.test",
            "-addext", "basicConstraints=critical,CA:FALSE")
        with open(os.path.join(self.folder, kind + ".pem"), encoding="ascii") as file:
            self.current[kind] = hashlib.sha256(ssl.PEM_cert_to_DER_cert(file.read())).hexdigest()


@dataclass
class Configuration:
    """What the daemon's file says; the bases of `PROXIES` always, and what reloads change."""
    folder: str
    # Kind of backend to its address.
    backends: dict
    has_guest: bool = False
    swing: str = "reset"
    # Text that makes the file one to refuse.
    fault: str = ""

    def text(self):
        proxies = [*PROXIES, ("swing", "ecdsa", "tcp", 'close = { truncation = "%s" }' % self.swing)]
        if self.has_guest:
            # At the end, so that each of the others keeps its listener.
            proxies.append(("guest", "rsa", "tcp", ""))
        tables = [self.table(*proxy) for proxy in proxies]
        return "\n".join(["[daemon]", 'log_format = "json"', 'log_level = "debug"', "max_connections = 500",
                          'drain_timeout = "3s"', *tables, self.fault])

    def table(self, name, kind, backend, more):
        lines = ["[[proxy]]", 'name = "%s"' % name, 'listen = "127.0.0.1:0"',
                 'backend = "%s"' % self.backends[backend], 'tls.certificate = "%s.pem"' % kind,
                 'tls.private_key = "%s.key"' % kind, more]
        return "\n".join(lines)

    @property
    def path(self):
        return os.path.join(self.folder, "duplexd.toml")

    def write(self):
        with open(self.path, "w", encoding="utf-8") as file:
            file.write(self.text())


@dataclass(frozen=True)
class Census:
    """What the daemon holds at one moment."""
    descriptors: int
    threads: int
    # KiB: all that is resident, its part that is no file's, and the share that is this process's own.
    resident: int
    anonymous: int
    proportional: int


class Daemon:
    """The process, and what it says."""

    def __init__(self, program, configuration):
        self.log = open(os.path.join(configuration.folder, "log"), "wb")
        configuration.write()
        self.process = subprocess.Popen(
            [program, "run", "--config", configuration.path], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE)
        self.said = threading.Condition()
        # Lines that tell of the process, not of a connection, in order; those at `taken` and after are not read yet.
        self.events = []
        self.taken = 0
        # Lines of ended connections that nobody has asked for, by server name or by the client's address.
        self.reports = collections.defaultdict(collections.deque)
        self.reasons = collections.Counter()
        # Lines that an operator would have to act on.
        self.alarms = []
        self.ports = {}
        threading.Thread(target=self.read_log, daemon=True).start()
        self.event("started")
        self.learn_ports()

    def read_log(self):
        for line in self.process.stderr:
            self.log.write(line)
            try:
                entry = json.loads(line)
            except ValueError:
                entry = {"message": "no log line", "level": "error", "detail": line.decode(errors="replace")}
            with self.said:
                if entry["message"] == "connection ended":
                    self.reports[entry.get("sni") or entry["client"]].append(entry)
                    self.reasons[entry["reason"]] += 1
                else:
                    self.events.append(entry)
                    if entry["level"] in ("warning", "error", "critical") and "reload" not in entry["message"]:
                        self.alarms.append(entry)
                self.said.notify_all()

    def event(self, *messages):
        """The next line with one of these messages; None when there was none in time."""
        deadline = time.monotonic() + PATIENCE
        with self.said:
            while True:
                while self.taken < len(self.events):
                    entry = self.events[self.taken]
                    self.taken += 1
                    if entry["message"] in messages:
                        return entry
                if not self.said.wait(deadline - time.monotonic()) and time.monotonic() > deadline:
                    return None

    def wait_for(self, message):
        """Until it has said this; leaves the line to others."""
        with self.said:
            return self.said.wait_for(lambda: any(entry["message"] == message for entry in self.events), PATIENCE)

    def report(self, key):
        """The next line of an ended connection with this server name or client; None when there was none in time."""
        with self.said:
            if not self.said.wait_for(lambda: self.reports.get(key), PATIENCE):
                return None
            entry = self.reports[key].popleft()
            if not self.reports[key]:
                del self.reports[key]
            return entry

    def learn_ports(self):
        """Takes the ports from the latest lines about listeners."""
        for entry in self.events:
            if entry["message"] == "listening":
                self.ports[entry["proxy"]] = int(entry["address"].rsplit(":", 1)[1])

    def reload(self):
        """Sends SIGHUP. Returns whether the file was taken; None when the daemon did not say."""
        self.process.send_signal(signal.SIGHUP)
        entry = self.event("reloaded", "reload refused, old configuration kept")
        if entry is None:
            return None
        self.learn_ports()
        return entry["message"] == "reloaded"

    def path(self, name):
        return "/proc/%d/%s" % (self.process.pid, name)

    def descriptors(self):
        """Where each open descriptor leads."""
        found = []
        for number in os.listdir(self.path("fd")):
            try:
                found.append(os.readlink(self.path("fd/" + number)))
            except OSError:
                continue
        return found

    def threads(self):
        """The name of each thread."""
        found = []
        for number in os.listdir(self.path("task")):
            try:
                with open(self.path("task/%s/comm" % number), encoding="utf-8") as file:
                    found.append(file.read().strip())
            except OSError:
                continue
        return found

    def passing_threads(self):
        """How many threads serve a connection, or wait for the next one and will end when none comes."""
        return sum(name.startswith(("rd-", "wr-")) or name == "spare" for name in self.threads())

    def cpu(self):
        """Seconds of processor time so far."""
        try:
            with open(self.path("stat"), encoding="utf-8") as file:
                fields = file.read().rpartition(")")[2].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        except OSError:
            return 0

    def census(self):
        sizes = {}
        for name in "status", "smaps_rollup":
            with open(self.path(name), encoding="utf-8") as file:
                for line in file:
                    words = line.split()
                    if words[-1] == "kB":
                        sizes[name + " " + words[0]] = int(words[1])
        return Census(len(self.descriptors()), len(self.threads()), sizes["status VmRSS:"],
                      sizes["status RssAnon:"], sizes["smaps_rollup Pss:"])
