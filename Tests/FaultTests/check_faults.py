"""Plays a short conversation through a daemon once for every system call in it and every fault of that call, and for
every record that libcrypto refuses.

    check_faults.py DAEMON FAULTS_LIBRARY [--workers N] [--only TEXT]

What must hold each time: both ends see a prefix of what the other sent; close_notify means that the whole reply came,
FIN that the whole upload did and was ended by close_notify; a fault that is none (a short count, EINTR, EAGAIN, a
missing wake-up descriptor) changes nothing at all; the connection's log line has a fitting reason; the next connection
is served; the daemon holds as many descriptors and threads as before. The last line is `N passed, N failed`.
"""

import argparse
import errno
import json
import mmap
import os
import queue
import re
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field, replace

# As in faults.c.
NOBODY, CLIENT, BACKEND = range(3)
ROLES = ["process", "client", "backend"]
KINDS = ["recv", "send", "poll", "shutdown", "setsockopt", "getsockopt", "close", "connect", "socket", "accept4",
         "eventfd", "pthread_create", "EVP_CipherInit_ex2"]
FAIL, KILL, BREAK, FAIL_AFTER, SHORTEN, WAKE, SWALLOW, END = range(1, 9)
HEADER_WORDS = 8
SCRIPT_SIZE = 4 * (HEADER_WORDS + len(ROLES) * len(KINDS))

# The longest that any one wait may take, seconds.
PATIENCE = 8
# poll(2), or ppoll(2) where the C library calls that, by number: x86-64 and asm-generic/unistd.h.
POLL_CALLS = {"x86_64": ["7"]}.get(os.uname().machine, ["73"])
# A pause of a peer: longer than what faults.c lets a blocking call wait, so that the engine polls.
PAUSE = 0.05
UPLOAD_SIZE = 40 * 1024
REPLY_SIZE = 60 * 1024
# A clean conversation is recorded this often; the largest count of each call is taken.
RECORDINGS = 4
# How often a position is tried that the threads' timing moved out of reach.
TRIES = 3


def pattern(seed, size):
    """Bytes in which no short stretch repeats, so that a lost or repeated byte shows."""
    return b"".join(struct.pack(">I", seed + number) for number in range(size // 4))


UPLOAD = pattern(0x10000000, UPLOAD_SIZE)
REPLY = pattern(0x20000000, REPLY_SIZE)


@dataclass(frozen=True)
class Fault:
    """What one call does instead of its work."""
    name: str
    action: int
    error: int = 0
    # Nothing may change.
    is_harmless: bool = False
    # The client is turned away at the door: there is no connection, and no log line of its end.
    is_refusal: bool = False
    # Reasons that fit in the log; the plan's own fits too when both ends are whole.
    reasons: frozenset = frozenset()


UNHARMED = Fault("none", 0, is_harmless=True)


def failing(codes, action=FAIL, **more):
    return [Fault(errno.errorcode[code], action, code, **more) for code in codes]


HARMLESS = dict(is_harmless=True)
CLIENT_GONE = dict(reasons=frozenset({"client_reset", "client_vanished"}))
BACKEND_GONE = dict(reasons=frozenset({"backend_reset", "backend_closed_early"}))
NO_BACKEND = dict(reasons=frozenset({"backend_unreachable"}))
# What a socket that stays alive may be short of; the connection may end over it, not cleanly.
SHORTAGES = [errno.ENOBUFS, errno.ENOMEM]
DESCRIPTORS = [errno.EMFILE, errno.ENFILE]
PASSING = [Fault("short", SHORTEN, is_harmless=True), *failing([errno.EINTR, errno.EAGAIN], **HARMLESS)]
POLL = [Fault("spurious", WAKE, is_harmless=True), *failing([errno.EINTR, errno.ENOMEM], **HARMLESS)]


def moving(gone):
    lost = failing([errno.ECONNRESET, errno.ETIMEDOUT, errno.EHOSTUNREACH], KILL, **gone)
    return [*PASSING, *lost, *failing(SHORTAGES, reasons=gone["reasons"] | {"no_resources"})]


FAULTS = {
    (CLIENT, "recv"): moving(CLIENT_GONE),
    (CLIENT, "send"): moving(CLIENT_GONE) + failing([errno.EPIPE], BREAK, **CLIENT_GONE),
    (CLIENT, "poll"): POLL,
    (CLIENT, "shutdown"): failing([errno.ENOTCONN], BREAK, **CLIENT_GONE),
    (CLIENT, "close"): failing([errno.EINTR, errno.EIO], FAIL_AFTER, **HARMLESS),
    (BACKEND, "recv"): moving(BACKEND_GONE),
    (BACKEND, "send"): moving(BACKEND_GONE) + failing([errno.EPIPE], BREAK, **BACKEND_GONE),
    (BACKEND, "poll"): POLL,
    # The whole upload was sent before: a backend that had ended its own stream may be done.
    (BACKEND, "shutdown"): failing([errno.ENOTCONN], BREAK, reasons=BACKEND_GONE["reasons"] | {"finished"}),
    (BACKEND, "setsockopt"): failing([errno.ENOMEM], **HARMLESS),
    (BACKEND, "getsockopt"): failing([errno.ENOMEM], **HARMLESS),
    (BACKEND, "close"): failing([errno.EINTR, errno.EIO], FAIL_AFTER, **HARMLESS),
    # Interrupted: the attempt goes on behind the caller's back.
    (BACKEND, "connect"): failing([errno.EINTR, errno.EINPROGRESS], FAIL_AFTER, **HARMLESS)
    + failing([errno.EAGAIN, errno.ECONNREFUSED, errno.ETIMEDOUT, errno.ENETUNREACH], **NO_BACKEND),
    (NOBODY, "socket"): failing(DESCRIPTORS + SHORTAGES, **NO_BACKEND),
    (NOBODY, "accept4"): failing([errno.EINTR, errno.EAGAIN, errno.ECONNABORTED, errno.EPROTO], **HARMLESS)
    + failing(DESCRIPTORS + SHORTAGES, is_refusal=True),
    (NOBODY, "eventfd"): failing(DESCRIPTORS + SHORTAGES, **HARMLESS),
    (NOBODY, "pthread_create"): failing([errno.EAGAIN], is_refusal=True, reasons=frozenset({"no_resources"})),
    # A record that libcrypto does not encrypt or decrypt, the TLS library does.
    (NOBODY, "EVP_CipherInit_ex2"): [Fault("refused", FAIL, is_harmless=True)],
}

# No kernel does these. Each must be noticed, else the checks could not fail.
PLANTED = [
    (CLIENT, "send", 5, Fault("swallowed byte", SWALLOW, is_harmless=True)),
    (CLIENT, "recv", 4, Fault("swallowed byte", SWALLOW, is_harmless=True)),
    (BACKEND, "send", 1, Fault("swallowed byte", SWALLOW, is_harmless=True)),
    (BACKEND, "recv", 2, Fault("swallowed byte", SWALLOW, is_harmless=True)),
    (BACKEND, "recv", 2, Fault("early end", END, is_harmless=True)),
    (BACKEND, "send", 1, Fault("reset", KILL, errno.ECONNRESET, reasons=frozenset({"idle_timeout"}))),
]
# The same where the client breaks off: the option that turns the close into a reset.
PLANTED_IN_TRUNCATION = [(BACKEND, "setsockopt", 4, Fault("swallowed option", SWALLOW, is_harmless=True))]


@dataclass(frozen=True)
class Plan:
    """The order of a conversation."""
    name: str
    # The backend sends its reply before it reads.
    is_reply_first: bool = False
    # The backend ends its stream before the client has sent anything.
    is_backend_first_to_end: bool = False
    # The client's stream ends behind its upload without close_notify; the backend replies to what it was sent.
    is_truncated: bool = False
    upload: bytes = UPLOAD
    reply: bytes = REPLY
    pause: float = PAUSE

    @property
    def backend_end(self):
        return "reset" if self.is_truncated else "fin"

    @property
    def reason(self):
        return "client_truncated" if self.is_truncated else "finished"


# What the next client says, after each fault.
SHORT = Plan("short", upload=UPLOAD[:100], reply=REPLY[:100], pause=0)
TRUNCATION = Plan("client truncates", is_truncated=True)
PLANS = [
    Plan("client first"),
    Plan("backend first", is_reply_first=True),
    Plan("backend ends first", is_reply_first=True, is_backend_first_to_end=True),
    TRUNCATION,
]
VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


@dataclass
class View:
    """What one end saw."""
    received: bytearray = field(default_factory=bytearray)
    # close_notify, fin, reset, timeout, refused; none: nobody came.
    end: str = "none"
    # A reset may follow while the other direction goes on.
    has_seen_fin: bool = False


class BackendPeer:
    """Serves one connection at a time by the plan that it is given."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]

    def serve(self, plan, view, is_over):
        self.listener.settimeout(0.02)
        while True:
            try:
                peer, _ = self.listener.accept()
                break
            except TimeoutError:
                if is_over.is_set():
                    return
        with peer:
            peer.settimeout(PATIENCE)
            try:
                self.talk(peer, plan, view)
            except TimeoutError:
                view.end = "timeout"
            except OSError:
                view.end = "reset"

    def talk(self, peer, plan, view):
        if plan.is_reply_first:
            self.reply(peer, plan)
        if plan.is_backend_first_to_end:
            peer.shutdown(socket.SHUT_WR)
        if plan.is_truncated:
            # No end is told to it before the reply's.
            self.read(peer, view, len(plan.upload))
            self.end_with_reply(peer, plan)
        self.read(peer, view)
        if not plan.is_reply_first and not plan.is_truncated:
            self.end_with_reply(peer, plan)

    @staticmethod
    def read(peer, view, size=sys.maxsize):
        """Reads until `size` bytes in all have come, or to the end of the stream."""
        while len(view.received) < size:
            data = peer.recv(65536)
            if not data:
                view.end = "fin"
                view.has_seen_fin = True
                return
            view.received += data

    def end_with_reply(self, peer, plan):
        time.sleep(plan.pause)
        self.reply(peer, plan)
        # The whole reply is out; whether the daemon is content shows in a FIN or a reset.
        peer.shutdown(socket.SHUT_WR)

    def reply(self, peer, plan):
        half = len(plan.reply) // 2
        peer.sendall(plan.reply[:half])
        time.sleep(plan.pause)
        peer.sendall(plan.reply[half:])


class ClientPeer:
    """A TLS client that sees each byte and each end itself."""

    def __init__(self, port, context):
        self.context = context
        self.port = port
        self.address = ""
        self.view = View()

    def run(self, plan):
        try:
            with socket.socket() as self.socket:
                self.socket.settimeout(PATIENCE)
                # Before it connects: the daemon's reset may come before this end knows that it is connected.
                self.socket.bind(("127.0.0.1", 0))
                self.address = "%s:%d" % self.socket.getsockname()
                self.socket.connect(("127.0.0.1", self.port))
                self.talk(plan)
        except TimeoutError:
            self.view.end = "timeout"
        except OSError:
            self.view.end = "reset"
        return self.view

    def talk(self, plan):
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = self.context.wrap_bio(self.incoming, self.outgoing, server_hostname="localhost")
        while True:
            try:
                self.tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                self.send()
                if not self.receive():
                    return
        self.send()
        if plan.is_reply_first and not self.read(len(plan.reply)):
            return
        if plan.is_backend_first_to_end and not self.read(len(plan.reply) + 1) and self.view.end != "close_notify":
            return
        try:
            half = len(plan.upload) // 2
            for part in plan.upload[:half], plan.upload[half:]:
                self.tls.write(part)
                self.send()
                time.sleep(plan.pause)
            if plan.is_truncated:
                self.socket.shutdown(socket.SHUT_WR)
            else:
                self.half_close()
        except OSError:
            # What came before the reset is still there to read.
            pass
        if not plan.is_backend_first_to_end:
            self.read(len(plan.reply) + 1)

    def half_close(self):
        try:
            self.tls.unwrap()
        except ssl.SSLWantReadError:
            pass
        self.send()

    def send(self):
        self.socket.sendall(self.outgoing.read())

    def receive(self):
        """Takes in what the daemon sent. False at the end of the stream."""
        data = self.socket.recv(65536)
        if data:
            self.incoming.write(data)
        else:
            self.view.end = "fin"
        return bool(data)

    def read(self, size):
        """Reads until `size` bytes in all have come. False when the stream ended before."""
        while len(self.view.received) < size:
            try:
                data = self.tls.read(65536)
            except ssl.SSLWantReadError:
                if not self.receive():
                    return False
                continue
            except ssl.SSLZeroReturnError:
                data = b""
            if not data:
                self.view.end = "close_notify"
                return False
            self.view.received += data
        return True


class Daemon:
    """A daemon with the faults library in it, and its script."""

    CONFIGURATION = """
[daemon]
log_format = "json"
log_level = "debug"
[[proxy]]
name = "faults"
listen = "127.0.0.1:0"
backend = "{backend}"
[proxy.tls]
certificate = "{folder}/cert.pem"
private_key = "{folder}/key.pem"
[proxy.timeouts]
handshake = "3s"
half_closed = "3s"
[proxy.close]
truncation_grace = "1s"
"""

    def __init__(self, program, library, folder, number, backend):
        configuration = os.path.join(folder, "duplexd-%d.toml" % number)
        with open(configuration, "w", encoding="utf-8") as file:
            file.write(self.CONFIGURATION.format(backend=backend, folder=folder))
        path = os.path.join(folder, "script-%d" % number)
        with open(path, "w+b") as file:
            file.truncate(SCRIPT_SIZE)
            self.script = mmap.mmap(file.fileno(), SCRIPT_SIZE)
        self.process = subprocess.Popen(
            [program, "run", "--config", configuration], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, env={**os.environ, "LD_PRELOAD": library, "DUPLEX_FAULT_SCRIPT": path})
        self.lines = queue.Queue()
        threading.Thread(target=self.read_log, daemon=True).start()
        self.port = int(self.event("listening")["address"].rsplit(":", 1)[1])
        self.event("started")

    def read_log(self):
        for line in self.process.stderr:
            try:
                self.lines.put(json.loads(line))
            except ValueError:
                self.lines.put({"message": "no log line", "detail": line.decode(errors="replace")})

    def event(self, message, client=None):
        """The next log line with this message, of this client if one is given; None when there was none in time."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                line = self.lines.get(timeout=max(0, deadline - time.monotonic()))
            except queue.Empty:
                return None
            if line["message"] == message and client in (None, line.get("client")):
                return line

    def arm(self, role=0, kind=0, position=0, action=0, error=0):
        self.script[:] = bytes(SCRIPT_SIZE)
        struct.pack_into("6I", self.script, 0, 0, role, kind, position, action, error)
        struct.pack_into("I", self.script, 0, 1)

    def disarm(self):
        """Returns how often the fault was played, and the count of each call by role and kind."""
        struct.pack_into("I", self.script, 0, 0)
        words = struct.unpack("%dI" % (SCRIPT_SIZE // 4), self.script[:])
        calls = words[HEADER_WORDS:]
        return words[6], {
            (role, kind): calls[role * len(KINDS) + number] for role in range(len(ROLES))
            for number, kind in enumerate(KINDS)
        }

    def census(self):
        """The numbers of descriptors and of threads that last: not one that counts lines of one kind for ten seconds,
        nor those that wait two seconds for the next connection."""
        threads = self.threads()
        return len(self.descriptors()), len(threads) - threads.count("log-summary") - threads.count("spare")

    def descriptors(self):
        """Where each descriptor leads."""
        return self.each("fd", os.readlink)

    def threads(self):
        """The name of each thread."""
        return self.each("task", self.thread_name)

    @staticmethod
    def thread_name(path):
        with open(path + "/comm", encoding="utf-8") as file:
            return file.read().rstrip()

    def each(self, folder, look):
        """What is found at each entry of a folder of the process that has not gone since it was listed."""
        path, found = "/proc/%d/%s" % (self.process.pid, folder), []
        for name in os.listdir(path):
            try:
                found.append(look(os.path.join(path, name)))
            except OSError:
                continue
        return found

    def settles(self, is_settled):
        deadline = time.monotonic() + PATIENCE
        while not is_settled():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.002)
        return True

    def settles_at(self, census):
        return self.settles(lambda: self.census() == census)

    def settles_without_connections(self):
        """Whether the threads of all connections are gone, one waits for clients, and that one and the one that counts
        lines have a wake-up descriptor each."""
        return self.settles(lambda: not any(name.startswith(("rd-", "wr-")) for name in self.threads())
                            and self.is_one_waiting() and self.descriptors().count("anon_inode:[eventfd]") == 2)

    def settles_with_one_waiting(self):
        """Whether one thread alone waits for clients, and has not begun to accept: the next one meets its fault."""
        return self.settles(self.is_one_waiting)

    def settles_without_spare_threads(self):
        """Whether the threads that waited for the next connection have ended: the next one starts its own."""
        return self.settles(lambda: "spare" not in self.threads() and self.is_one_waiting())

    def is_one_waiting(self):
        calls = [call for name, call in self.each("task", self.thread_call) if name.startswith("accept-")]
        return len(calls) == 1 and calls[0] in POLL_CALLS

    @classmethod
    def thread_call(cls, path):
        """A thread's name, and the number of the system call that it is in."""
        with open(path + "/syscall", encoding="utf-8") as file:
            return cls.thread_name(path), file.read().split()[0]

    def stop(self):
        """Ends the daemon. Returns whether it ended in order."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(PATIENCE) == 0
        except subprocess.TimeoutExpired:
            self.process.kill()
            return False


class Stage:
    """One daemon, one backend, one conversation at a time."""

    def __init__(self, program, library, folder, number):
        self.backend = BackendPeer()
        self.daemon = Daemon(program, library, folder, number, self.backend.address)
        self.contexts = {}
        for name, version in VERSIONS.items():
            context = ssl.create_default_context(cafile=os.path.join(folder, "cert.pem"))
            context.minimum_version = context.maximum_version = version
            self.contexts[name] = context
        # What the first connections leave for good is no leak; nor is the wake-up descriptor of the thread that counts
        # lines of one kind, which the second refusal starts.
        for version in VERSIONS:
            self.converse(PLANS[0], version)
            if not self.daemon.settles_with_one_waiting():
                raise SystemExit("several threads wait for clients without end: %s" % self.daemon.threads())
            self.daemon.arm(NOBODY, KINDS.index("accept4"), 1, FAIL, errno.EMFILE)
            self.converse(SHORT, version, is_refused=True)
            self.daemon.disarm()
        self.converse(SHORT, version)
        if not self.daemon.settles_without_connections():
            left = self.daemon.threads() + self.daemon.descriptors()
            self.daemon.stop()
            raise SystemExit("connections that have ended leave behind: %s" % left)
        self.census = self.daemon.census()

    def converse(self, plan, version, is_refused=False):
        """One conversation: what both ends saw, and the reason in the log (None: no such line)."""
        backend, is_over = View(), threading.Event()
        server = threading.Thread(target=self.backend.serve, args=(plan, backend, is_over))
        server.start()
        peer = ClientPeer(self.daemon.port, self.contexts[version])
        client = peer.run(plan)
        # A client that is turned away has no report.
        is_reported = client.received or not is_refused
        line = self.daemon.event("connection ended", peer.address) if is_reported else None
        is_over.set()
        server.join()
        return client, backend, line and line["reason"]

    def record(self, plan, version):
        """The largest count of each call in a few clean conversations, the first of which finds no thread waiting."""
        most = {}
        if not self.daemon.settles_without_spare_threads():
            raise SystemExit("threads wait for the next connection without end: %s" % self.daemon.threads())
        for _ in range(RECORDINGS):
            self.daemon.arm()
            seen = self.converse(plan, version)
            _, calls = self.daemon.disarm()
            if complaints := judge(plan, UNHARMED, *seen):
                raise SystemExit("a conversation without a fault: " + "; ".join(complaints))
            most = {call: max(count, most.get(call, 0)) for call, count in calls.items()}
        return most

    def play(self, case):
        """Plays one case. Returns what was wrong, or None when the fault's place was not reached."""
        for _ in range(TRIES):
            if case.kind == "pthread_create" and not self.daemon.settles_without_spare_threads():
                return ["threads wait for the next connection without end"]
            if case.kind == "accept4" and not self.daemon.settles_with_one_waiting():
                return ["several threads wait for clients without end"]
            self.daemon.arm(case.role, KINDS.index(case.kind), case.position, case.fault.action, case.fault.error)
            seen = self.converse(case.plan, case.version, case.fault.is_refusal)
            injected, _ = self.daemon.disarm()
            fault = case.fault if injected else UNHARMED
            complaints = judge(case.plan, fault, *seen)
            complaints += ["next client: " + text for text in judge(SHORT, UNHARMED, *self.converse(SHORT, "1.3"))]
            if not self.daemon.settles_at(self.census):
                complaints.append("descriptors, threads: %s, were %s" % (self.daemon.census(), self.census))
                self.census = self.daemon.census()
            if injected or complaints:
                return complaints
        return None


@dataclass(frozen=True)
class Case:
    """One fault at one call of one conversation."""
    plan: Plan
    version: str
    role: int
    kind: str
    position: int
    fault: Fault

    def __str__(self):
        return "%s, TLS %s: %s %s %d: %s" % (
            self.plan.name, self.version, ROLES[self.role], self.kind, self.position, self.fault.name)


def judge(plan, fault, client, backend, reason):
    """What was wrong with a conversation; empty: nothing."""
    is_reply_whole = client.received == plan.reply
    is_upload_whole = backend.received == plan.upload
    is_clean = is_reply_whole and is_upload_whole and client.end == "close_notify" and backend.end == plan.backend_end
    is_as_planned = is_clean and reason == plan.reason
    seen = "client: %d bytes, %s; backend: %d bytes, %s; reason: %s" % (
        len(client.received), client.end, len(backend.received), backend.end, reason)
    wrong = []
    if not plan.reply.startswith(client.received) or not plan.upload.startswith(backend.received):
        wrong.append("bytes are not those that were sent")
    if client.end == "close_notify" and not is_reply_whole:
        wrong.append("close_notify before the reply's end")
    if backend.has_seen_fin and not is_upload_whole:
        wrong.append("FIN before the upload's end")
    if backend.has_seen_fin and plan.is_truncated:
        wrong.append("FIN behind an upload that broke off")
    if "timeout" in (client.end, backend.end):
        wrong.append("an end never came")
    if fault.is_harmless and not is_as_planned:
        wrong.append("a harmless fault changed the end")
    if fault.is_refusal and (client.received or backend.end != "none"):
        wrong.append("a client turned away was served")
    if not fault.is_harmless and not fault.is_refusal:
        # The reason that was given first stays; that the stream broke off is known behind the upload only.
        fitting = fault.reasons | {plan.reason} if plan.is_truncated and is_upload_whole else fault.reasons
        if reason not in fitting and not is_as_planned:
            wrong.append("the reason does not fit")
    return [text + " (" + seen + ")" for text in wrong]


def cases(plan, version, counts):
    """Every fault of every call that was recorded."""
    for (role, kind), faults in FAULTS.items():
        for position in range(1, counts[role, kind] + 1):
            for fault in faults:
                if fault.is_refusal and position > 1:
                    # Past the client's own: an accept that finds nobody waiting; the writer's thread.
                    fault = replace(fault, is_refusal=False, is_harmless=not fault.reasons)
                yield Case(plan, version, role, kind, position, fault)


class Tally:
    """What was found, from all workers."""

    def __init__(self):
        self.lock = threading.Lock()
        self.passed = self.failed = self.unreached = 0

    def note(self, sentence, complaints):
        with self.lock:
            if complaints is None:
                self.unreached += 1
            elif complaints:
                self.failed += 1
                print("FAILED  %s: %s" % (sentence, "; ".join(complaints)), flush=True)
            else:
                self.passed += 1

    def check(self, sentence, holds):
        self.note(sentence, [] if holds else ["it is not so"])


def work(stage, waiting, tally):
    while True:
        try:
            case = waiting.get_nowait()
        except queue.Empty:
            return
        try:
            tally.note(case, stage.play(case))
        except Exception as error:  # A worker that died silently would pass for one that found nothing.
            tally.note(case, ["the driver: %r" % error])
            if stage.daemon.process.poll() is not None:
                tally.note("a daemon", ["it ended with status %d" % stage.daemon.process.returncode])
                return


def make_certificate(folder):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", folder + "/key.pem",
         "-out", folder + "/cert.pem"], check=True, capture_output=True)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("daemon")
    arguments.add_argument("library")
    arguments.add_argument("--workers", type=int, default=6, help="daemons at work at once")
    arguments.add_argument("--only", default="", help="a pattern: play the cases whose name holds it")
    options = arguments.parse_args()
    tally = Tally()
    with tempfile.TemporaryDirectory() as folder:
        make_certificate(folder)
        stages = [Stage(options.daemon, os.path.abspath(options.library), folder, number)
                  for number in range(options.workers)]
        try:
            waiting, reached = queue.Queue(), set()
            for plan in PLANS:
                for version in VERSIONS:
                    counts = stages[0].record(plan, version)
                    print("%s, TLS %s: %s" % (plan.name, version, ", ".join(
                        "%s %s %d" % (ROLES[role], kind, count) for (role, kind), count in counts.items() if count)))
                    reached |= {call for call, count in counts.items() if count}
                    for case in cases(plan, version, counts):
                        if re.search(options.only, str(case)):
                            waiting.put(case)
            tally.check("every call that can fail is made", reached >= FAULTS.keys())
            planted = [(PLANS[0], *row) for row in PLANTED] + [(TRUNCATION, *row) for row in PLANTED_IN_TRUNCATION]
            for plan, role, kind, position, fault in planted:
                case = Case(plan, "1.3", role, kind, position, fault)
                found = stages[0].play(case)
                tally.check("planted and noticed: %s" % case, found)
            print("%d cases" % waiting.qsize(), flush=True)
            workers = [threading.Thread(target=work, args=(stage, waiting, tally)) for stage in stages]
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()
            tally.check("every case was played", waiting.empty())
        finally:
            for number, stage in enumerate(stages):
                tally.check("daemon %d ends in order" % number, stage.daemon.stop())
    print("%d places were not reached: the threads' timing left fewer calls" % tally.unreached)
    print("%d passed, %d failed" % (tally.passed, tally.failed))
    return tally.failed > 0


if __name__ == "__main__":
    sys.exit(main())
