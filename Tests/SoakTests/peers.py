"""The two ends of a connection through the daemon. Each sees for itself how the other's stream ended."""

import fcntl
import hashlib
import itertools
import os
import random
import re
import select
import socket
import ssl
import struct
import termios
import threading
import time

from daemon import PATIENCE

VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
HEADER_SIZE = 8
CHUNK = 65536
# What is sent is cut from here at random places, so that a lost or repeated stretch shows.
BLOCK = os.urandom(8 << 20)


def some_bytes(size):
    start = random.randrange(len(BLOCK))
    part = BLOCK[start:start + size]
    while len(part) < size:
        part += BLOCK[:size - len(part)]
    return part


class View:
    """What one end received, and how the stream that it read ended."""

    def __init__(self):
        self.size = 0
        self.hash = hashlib.sha256()
        # close_notify, fin, reset, or what went wrong.
        self.end = None

    def add(self, data):
        self.size += len(data)
        self.hash.update(data)

    def is_all_of(self, data):
        return self.size == len(data) and self.hash.digest() == hashlib.sha256(data).digest()


def reset(stream):
    """Closes with RST instead of FIN."""
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    stream.close()


class Backend:
    """The backend's end of one connection."""

    def __init__(self, stream):
        self.socket = stream
        self.view = View()

    def read(self, size):
        """Reads exactly so much, if there is so much."""
        missing = size
        while missing:
            data = self.socket.recv(min(missing, CHUNK))
            if not data:
                self.view.end = "fin"
                return False
            self.view.add(data)
            missing -= len(data)
        return True

    def read_all(self):
        """Reads to the end, whichever it is."""
        try:
            while data := self.socket.recv(CHUNK):
                self.view.add(data)
            self.view.end = "fin"
        except ConnectionResetError:
            self.view.end = "reset"

    def write(self, data):
        self.socket.sendall(data)

    def write_until_refused(self, size=CHUNK, pause=0):
        """Sends without end; the other side is expected to reset."""
        try:
            while True:
                self.socket.sendall(BLOCK[:size])
                time.sleep(pause)
        except (ConnectionResetError, BrokenPipeError):
            self.view.end = "reset"

    def finish(self):
        self.socket.shutdown(socket.SHUT_WR)

    def wait_reset(self):
        """After the end of the stream a receive has nothing more to say about a reset; poll has."""
        poll = select.poll()
        poll.register(self.socket, 0)
        if poll.poll(PATIENCE * 1000):
            self.view.end = "reset"

    def wait_acknowledged(self):
        """Until the other side's kernel has everything that was sent: a reset destroys what it has not."""
        deadline = time.monotonic() + PATIENCE
        while struct.unpack("i", fcntl.ioctl(self.socket, termios.TIOCOUTQ, bytes(4)))[0]:
            if time.monotonic() > deadline:
                raise TimeoutError
            time.sleep(0.001)

    def reset(self):
        reset(self.socket)


class Client:
    """The client's end of one connection, by OpenSSL in memory: each byte on the wire is the driver's to send."""

    def __init__(self, port, context, name, session=None, receive_buffer=None):
        self.socket = socket.socket()
        self.view = View()
        try:
            self.socket.settimeout(PATIENCE)
            if receive_buffer:
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            self.socket.connect(("127.0.0.1", port))
            self.address = "127.0.0.1:%d" % self.socket.getsockname()[1]
            self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            self.tls = context.wrap_bio(self.incoming, self.outgoing, server_hostname=name, session=session)
            self.handshake()
        except BaseException:
            self.socket.close()
            raise

    def handshake(self):
        while True:
            try:
                self.tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                self.flush()
                if not self.receive():
                    raise ConnectionError("the handshake ended with FIN") from None
            except ssl.SSLError:
                # The alert that says why.
                self.flush()
                raise
        self.flush()

    def flush(self):
        self.socket.sendall(self.outgoing.read())

    def receive(self):
        """Takes in what the daemon sent. False at the end of the stream."""
        data = self.socket.recv(CHUNK)
        self.incoming.write(data)
        return bool(data)

    def write(self, data):
        for start in range(0, len(data), CHUNK):
            self.tls.write(data[start:start + CHUNK])
            self.flush()

    def seal(self, data):
        """The record that would carry this."""
        self.tls.write(data)
        return self.outgoing.read()

    def close_notify(self):
        try:
            self.tls.unwrap()
        except ssl.SSLWantReadError:
            pass
        self.flush()

    def finish(self):
        """FIN, without close_notify unless it was sent before."""
        self.socket.shutdown(socket.SHUT_WR)

    def reset(self):
        reset(self.socket)

    def close(self):
        self.socket.close()

    def take(self):
        """What can be read without the network: bytes, or None when more must come, or the end is in the view."""
        try:
            data = self.tls.read(CHUNK)
        except ssl.SSLWantReadError:
            return None
        except ssl.SSLZeroReturnError:
            data = b""
        except ssl.SSLError as error:
            self.view.end = (error.reason or str(error)).lower()
            return b""
        if data:
            self.view.add(data)
        else:
            self.view.end = "close_notify"
        return data

    def read(self, size):
        """Reads until the view has so many bytes in all. False when the stream ended before."""
        try:
            while self.view.size < size and self.view.end is None:
                if self.take() is None and not self.receive():
                    self.view.end = "fin"
        except ConnectionResetError:
            self.view.end = "reset"
        return self.view.size >= size

    def read_all(self):
        """Reads to the end, and the FIN that must stand behind a close_notify or an alert."""
        self.read(1 << 62)
        if self.view.end in ("fin", "reset"):
            return
        try:
            if self.socket.recv(CHUNK):
                self.view.end += ", then bytes"
        except ConnectionResetError:
            self.view.end += ", then reset"


class Talk:
    """One connection: its client's end, its backend's end, and the daemon's line about it.

    Each has a server name of its own, by which the line is found, and begins with a number, by which the backend knows
    what to do. `serve` is called with a `Backend` on a thread of its own.
    """

    def __init__(self, stage, proxy, serve):
        self.stage = stage
        self.proxy = proxy
        self.number = "%08d" % next(stage.numbers)
        self.key = self.name = self.number + ".soak.test"
        self.serve = serve
        self.backend = None
        self.failure = None
        self.is_served = threading.Event()
        self.client = None

    def __enter__(self):
        self.stage.awaited[self.number] = self
        return self

    def __exit__(self, *_):
        self.stage.awaited.pop(self.number, None)
        if self.client:
            self.client.close()

    def dial(self, version, **more):
        """A client that has said its number."""
        self.client = Client(self.stage.daemon.ports[self.proxy], self.stage.contexts[version], self.name, **more)
        self.client.write(self.number.encode())
        return self.client

    def run(self, backend):
        """The backend's part; on its thread."""
        self.backend = backend
        try:
            self.serve(backend)
        except Exception as error:  # What went wrong there is told where the talk is judged.
            self.failure = error
        finally:
            backend.socket.close()
            self.is_served.set()

    def judge(self, reason, client=None, backend=None, sent=None, reply=None, is_client_gone=True, **facts):
        """What was wrong; empty: nothing. Waits for the backend's end and the daemon's line.

        `client` and `backend` are the ends that each must have seen, `sent` and `reply` the bytes; None: not looked at.
        `facts` are what the line must say besides the reason. The client's socket is closed first: until then the
        daemon lingers.
        """
        wrong = []
        if self.client and is_client_gone:
            self.client.close()
        if not self.is_served.wait(PATIENCE):
            return ["the backend's part did not end"]
        if self.failure:
            wrong.append("backend: %r" % self.failure)
        ends = {"client": (self.client and self.client.view, client, reply),
                "backend": (self.backend.view, backend, sent)}
        for side, (view, end, data) in ends.items():
            if end and view.end != end:
                wrong.append("%s: the end is %s, not %s" % (side, view.end, end))
            if data is not None and not view.is_all_of(data):
                wrong.append("%s: %d bytes, which are not the %d that were sent" % (side, view.size, len(data)))
        if sent is not None and self.proxy != "web":
            facts["bytes_to_backend"] = len(sent) + HEADER_SIZE
        return wrong + self.judge_line(reason, **facts)

    def judge_line(self, reason, **facts):
        line = self.stage.daemon.report(self.key)
        if line is None:
            return ["the log has no line of it"]
        facts.update(reason=reason, proxy=self.proxy)
        return ["log: %s is %s, not %s" % (name, line.get(name), value)
                for name, value in facts.items() if str(line.get(name)).lower() != str(value).lower()]


class Backends:
    """Every backend, in this process: on TCP, on a Unix socket, for HTTP; and an address where nobody listens."""

    def __init__(self, stage, folder):
        self.stage = stage
        path = os.path.join(folder, "backend.sock")
        local = socket.socket(socket.AF_UNIX)
        local.bind(path)
        local.listen(256)
        listeners = {name: socket.create_server(("127.0.0.1", 0), backlog=256) for name in ("tcp", "web")}
        # Bound and not listening: nobody else can be given the port, and a connection is refused.
        self.closed = socket.socket()
        self.closed.bind(("127.0.0.1", 0))
        self.addresses = {name: "127.0.0.1:%d" % listener.getsockname()[1]
                          for name, listener in (*listeners.items(), ("closed", self.closed))}
        self.addresses["unix"] = "unix:" + path
        for name, listener in (*listeners.items(), ("unix", local)):
            threading.Thread(target=self.accept, args=(listener, name == "web"), daemon=True).start()

    def accept(self, listener, is_web):
        while True:
            stream, _ = listener.accept()
            stream.settimeout(PATIENCE)
            threading.Thread(target=self.serve, args=(stream, is_web), daemon=True).start()

    def serve(self, stream, is_web):
        number = b""
        try:
            if is_web:
                # The request's path is the number.
                while b"\r\n\r\n" not in number and (data := stream.recv(1)):
                    number += data
                match = re.match(rb"[A-Z]+ /([0-9]{8}) ", number)
                number = match[1] if match else b""
            else:
                while len(number) < HEADER_SIZE and (data := stream.recv(HEADER_SIZE - len(number))):
                    number += data
        except OSError:
            number = b""
        talk = self.stage.awaited.pop(number.decode(errors="replace"), None)
        if talk:
            talk.run(Backend(stream))
        else:
            self.stage.strangers.append(number)
            stream.close()


def numbers():
    return itertools.count(1)
