"""Loads by real programs: OpenSSL's s_client, GnuTLS's gnutls-cli, curl, Node, and the two-thread client of Examples.

A play is a function of the stage that returns what was wrong. A program's end is its exit status.
"""

import os
import subprocess
import tempfile
import time

from daemon import PATIENCE
from peers import Talk, View, some_bytes
from loads import pump

UPLOAD = 200_000
REPLY = 400_000
BULK = 2 << 20
# How often a program is run that left by itself.
TRIES = 3


class Run:
    """A program that has run: its output and its exit status."""

    def __init__(self, command, data, keeps_input_open=False):
        self.view = View()
        begin = time.monotonic()
        # No pipes for what it says, nobody reads them meanwhile; one for the input, which may have to stay open.
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as said:
            with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=output, stderr=said) as process:
                try:
                    try:
                        process.stdin.write(data)
                        process.stdin.flush()
                    except BrokenPipeError:
                        pass
                    if not keeps_input_open:
                        process.stdin.close()
                    process.wait(PATIENCE)
                finally:
                    process.kill()
            for file in output, said:
                file.seek(0)
            self.view.add(output.read())
            self.said = said.read().decode(errors="replace")
        self.view.end = "status %d" % process.returncode
        # gnutls-cli leaves when nothing has come for two seconds after its input ended; a busy machine may take that.
        self.has_left = command[0] == "gnutls-cli" and time.monotonic() > begin + 2 and self.view.size < REPLY

    def close(self):
        """It has ended."""


def s_client(stage, talk, version):
    return ["openssl", "s_client", "-quiet", "-connect", "127.0.0.1:%d" % stage.daemon.ports[talk.proxy],
            "-servername", talk.name, "-verify_hostname", talk.name, "-CAfile", stage.root, "-verify_return_error",
            "-tls1_" + version[-1]]


def gnutls_cli(stage, talk, version):
    return ["gnutls-cli", "--x509cafile", stage.root, "--sni-hostname", talk.name, "--verify-hostname", talk.name,
            "--priority", "NORMAL:-VERS-ALL:+VERS-TLS" + version, "--logfile", os.devnull,
            "--port", str(stage.daemon.ports[talk.proxy]), "127.0.0.1"]


def curl(stage, talk, version):
    port = stage.daemon.ports[talk.proxy]
    return ["curl", "--silent", "--show-error", "--http1.1", "--noproxy", "*", "--cacert", stage.root,
            "--tlsv" + version, "--tls-max", version, "--resolve", "%s:%d:127.0.0.1" % (talk.name, port),
            "--header", "Expect:", "--request", "PUT", "--data-binary", "@-",
            "https://%s:%d/%s" % (talk.name, port, talk.number)]


def node(stage, talk, version, *order):
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "client.mjs")
    return ["node", script, str(stage.daemon.ports[talk.proxy]), talk.name, "TLSv" + version, stage.root, *order]


def two_thread_client(stage, talk, _):
    return [stage.client, "--ca", stage.root, "--name", talk.name, "127.0.0.1", str(stage.daemon.ports[talk.proxy])]


def run(talk, command, data, **more):
    """Runs a client of this talk, which sends its number first where no request's path has it."""
    talk.client = Run(command, data if talk.proxy == "web" else talk.number.encode() + data, **more)
    return talk.client


def said(client, wrong):
    """What the program said helps to understand what was wrong."""
    return [*wrong, "it said: " + client.said.strip()[-300:]] if wrong else []


def answered(program):
    def play(stage, proxy, version):
        """The client does not end its stream before it has the answer."""
        upload, reply = some_bytes(UPLOAD), some_bytes(REPLY)

        def serve(backend):
            backend.read(UPLOAD)
            if proxy == "web":
                backend.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
            backend.write(reply)
            backend.finish()
            backend.read_all()

        with Talk(stage, proxy, serve) as talk:
            client = run(talk, program(stage, talk, version), upload)
            return said(client, talk.judge("finished", "status 0", "fin", upload, reply))
    return play


def half_closing(program):
    def play(stage, proxy, version):
        """The client ends its stream, and then gets the reply."""
        upload, reply = some_bytes(UPLOAD), some_bytes(REPLY)

        def serve(backend):
            backend.read_all()
            backend.write(reply)

        for _ in range(TRIES):
            with Talk(stage, proxy, serve) as talk:
                client = run(talk, program(stage, talk, version), upload)
                wrong = talk.judge("finished", "status 0", "fin", upload, reply)
                if not client.has_left:
                    break
        return said(client, wrong)
    return play


def both_ways(program):
    def play(stage, proxy, version):
        """Both directions move at once."""
        upload, reply = some_bytes(BULK), some_bytes(BULK)
        with Talk(stage, proxy, lambda backend: pump(backend, reply)) as talk:
            client = run(talk, program(stage, talk, version), upload)
            return said(client, talk.judge("finished", "status 0", "fin", upload, reply))
    return play


def after_the_answer(program):
    def play(stage, proxy, version):
        """The upload begins when the answer has ended."""
        upload, reply = some_bytes(UPLOAD), some_bytes(REPLY)

        def serve(backend):
            backend.write(reply)
            backend.finish()
            backend.read_all()

        with Talk(stage, proxy, serve) as talk:
            client = run(talk, program(stage, talk, version, "after"), upload)
            return said(client, talk.judge("finished", "status 0", "fin", upload, reply))
    return play


def cut_off(program, status):
    def play(stage, proxy, version):
        """The backend resets after its reply: the client must not take it for the whole."""
        reply = some_bytes(REPLY)

        def serve(backend):
            backend.read(UPLOAD)
            if proxy == "web":
                # OpenSSL's curl takes any end for a clean one (SSL_OP_IGNORE_UNEXPECTED_EOF): it goes by the length.
                backend.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (REPLY + 1))
            backend.write(reply)
            backend.wait_acknowledged()
            backend.reset()

        with Talk(stage, proxy, serve) as talk:
            # gnutls-cli takes any end for a clean one once its input has ended.
            client = run(talk, program(stage, talk, version), some_bytes(UPLOAD), keeps_input_open=proxy != "web")
            return said(client, talk.judge("backend_reset", "status %d" % status, None, None, reply))
    return play


def wait_for(process, expected):
    while (line := process.stdout.readline()) != expected:
        if not line:
            raise EOFError("it ended early")


def key_updates(stage, proxy, version):
    """New keys are asked for while data goes both ways."""
    parts = [b"part %03d\n" % number * 900 for number in range(12)]

    def serve(backend):
        for part in parts:
            backend.read(len(part))
            backend.write(b"read\n")
        backend.finish()
        backend.read_all()

    with Talk(stage, proxy, serve) as talk:
        command = [word for word in s_client(stage, talk, version) if word != "-quiet"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT) as process:
            try:
                process.stdin.write(talk.number.encode())
                for part in parts:
                    process.stdin.write(part)
                    process.stdin.flush()
                    # It takes a letter for a command when that comes first in what one read brings.
                    if part is not parts[-1]:
                        wait_for(process, b"read\n")
                        process.stdin.write(b"K\n")
                        process.stdin.flush()
                        wait_for(process, b"KEYUPDATE\n")
                # The end of its input would end it at once.
                process.stdout.read()
            finally:
                process.kill()
        return talk.judge("finished", None, "fin", b"".join(parts))


# Program and row, play, proxies, TLS versions.
PROGRAMS = [
    ("s_client, c", answered(s_client), ["reply", "half"], ["1.2", "1.3"]),
    ("s_client, d", cut_off(s_client, 1), ["reset"], ["1.2", "1.3"]),
    ("s_client", key_updates, ["reply"], ["1.3"]),
    ("gnutls-cli, a", half_closing(gnutls_cli), ["reply", "reset", "half"], ["1.2", "1.3"]),
    ("gnutls-cli, d", cut_off(gnutls_cli, 1), ["reply", "reset"], ["1.2", "1.3"]),
    ("curl, c", answered(curl), ["web"], ["1.2", "1.3"]),
    ("curl, d", cut_off(curl, 18), ["web"], ["1.2", "1.3"]),
    ("node, a", half_closing(node), ["reply", "half"], ["1.2", "1.3"]),
    ("node, c", after_the_answer(node), ["reset"], ["1.2", "1.3"]),
    ("node", both_ways(node), ["modern"], ["1.3"]),
    ("two-thread-client", both_ways(two_thread_client), ["reply", "half", "modern"], ["1.3"]),
    ("two-thread-client, c", answered(two_thread_client), ["reset"], ["1.3"]),
    ("two-thread-client, d", cut_off(two_thread_client, 2), ["reset"], ["1.3"]),
]
