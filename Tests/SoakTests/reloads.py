"""Reloads under load: certificates, proxies and policies that change, files that must be refused."""

import hashlib
import itertools
import os
import shutil
import socket

from daemon import PATIENCE, PROXIES
from loads import echo
from peers import Talk, some_bytes
from rows import truncated_as_closed, truncated_without_reply

# Seconds between two.
INTERVAL = 3
NO_TOML = "]]"


def lasting_echo(backend):
    """Sends back what comes, however long that takes."""
    backend.socket.settimeout(None)
    echo(backend)


class Reloads:
    """Changes the daemon's files and sends SIGHUP, one step after the other, without end."""

    def __init__(self, stage):
        self.stage = stage
        self.daemon = stage.daemon
        self.configuration = stage.configuration
        self.guest_port = None
        # A client of the proxy that comes and goes, which outlives it.
        self.stayer = None
        self.steps = itertools.cycle([
            ("New ECDSA certificate", lambda: self.renew("ecdsa")),
            ("Proxy added", self.add_guest),
            ("Refused: no TOML", lambda: self.refuse(NO_TOML)),
            ("New RSA certificate", lambda: self.renew("rsa")),
            ("Refused: key of another certificate", self.refuse_key),
            ("Policy changed", self.swing),
            ("Proxy removed", self.remove_guest),
            ("Refused: address in use", lambda: self.refuse_proxy(
                self.configuration.backends["tcp"], "ecdsa")),
            ("Refused: certificate missing", lambda: self.refuse_proxy("127.0.0.1:0", "none")),
        ])

    def settle(self):
        """Back to the state that every census is taken in."""
        return self.remove_guest() if self.configuration.has_guest else []

    def reload(self, is_taken=True):
        self.configuration.write()
        answer = self.daemon.reload()
        self.stage.reloads += 1
        self.stage.loads += NO_TOML not in self.configuration.fault
        return [] if answer == is_taken else ["the daemon said %s to the file" % {
            True: "yes", False: "no", None: "nothing"}[answer]]

    def renew(self, kind):
        self.stage.certificates.renew(kind)
        return self.reload() + self.probe()

    def probe(self):
        """Each proxy serves the certificate that it should, and forwards."""
        wrong = []
        for name, kind, backend, _ in PROXIES:
            if backend in ("closed", "web"):
                continue
            message = some_bytes(50)
            with Talk(self.stage, name, echo) as talk:
                client = talk.dial("1.3")
                client.write(message)
                client.read(len(message))
                found = hashlib.sha256(client.tls.getpeercert(True)).hexdigest()
                if found != self.stage.certificates.current[kind]:
                    wrong.append("%s serves another certificate" % name)
                client.close_notify()
                client.read_all()
                wrong += talk.judge("finished", "close_notify", "fin", message, message)
        return wrong

    def add_guest(self):
        self.configuration.has_guest = True
        wrong = self.reload()
        self.guest_port = self.daemon.ports["guest"]
        self.stayer = Talk(self.stage, "guest", lasting_echo)
        self.stayer.__enter__().dial("1.2")
        return wrong + self.ask_stayer()

    def ask_stayer(self):
        message, client = some_bytes(50), self.stayer.client
        before = client.view.size
        client.write(message)
        return [] if client.read(before + len(message)) else ["the connection of a removed proxy is gone"]

    def remove_guest(self):
        if not self.configuration.has_guest:
            # A census has done it.
            return self.reload()
        self.configuration.has_guest = False
        wrong = self.reload()
        try:
            socket.create_connection(("127.0.0.1", self.guest_port), PATIENCE).close()
            wrong.append("the removed proxy still listens")
        except ConnectionRefusedError:
            pass
        return wrong + self.ask_stayer() + self.dismiss()

    def dismiss(self):
        with self.stayer as talk:
            self.stayer = None
            talk.client.close_notify()
            talk.client.read_all()
            return talk.judge("finished", "close_notify", "fin")

    def swing(self):
        """New connections follow a policy that has changed."""
        self.configuration.swing = "half-close" if self.configuration.swing == "reset" else "reset"
        play = truncated_without_reply if self.configuration.swing == "reset" else truncated_as_closed
        return self.reload() + play(self.stage, "swing", "1.3")

    def refuse(self, fault):
        """A file with a fault changes nothing."""
        self.configuration.fault = fault
        wrong = self.reload(is_taken=False)
        self.configuration.fault = ""
        self.configuration.write()
        return wrong + self.probe()

    def refuse_proxy(self, listen, certificate):
        return self.refuse(
            '[[proxy]]\nname = "stranger"\nlisten = "%s"\nbackend = "%s"\n'
            'tls = { certificate = "%s.pem", private_key = "%s.key" }\n'
            % (listen, self.configuration.backends["tcp"], certificate, certificate))

    def refuse_key(self):
        key = os.path.join(self.configuration.folder, "rsa.key")
        shutil.copy(key, key + ".kept")
        shutil.copy(os.path.join(self.configuration.folder, "ecdsa.key"), key)
        wrong = self.refuse("")
        shutil.move(key + ".kept", key)
        return wrong


class Marathon:
    """A connection that lasts as long as the soak: blocks go to and fro through every reload, and rest at a census."""

    def __init__(self, stage, proxy, version):
        self.sent = hashlib.sha256()
        self.size = 0
        self.talk = Talk(stage, proxy, lasting_echo)
        self.talk.__enter__().dial(version)

    def exchange(self):
        """One block to the backend and back. Returns what was wrong."""
        block = some_bytes(1 + 7919 * self.size % 50_000)
        self.sent.update(block)
        self.size += len(block)
        self.talk.client.write(block)
        return [] if self.talk.client.read(self.size) else ["it ended: " + self.talk.client.view.end]

    def end(self):
        with self.talk as talk:
            talk.client.close_notify()
            talk.client.read_all()
            wrong = talk.judge("finished", "close_notify", "fin")
            for side, view in ("client", talk.client.view), ("backend", talk.backend.view):
                if view.hash.digest() != self.sent.digest():
                    wrong.append("%s: the bytes are not those that were sent" % side)
            return wrong
