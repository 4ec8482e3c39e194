"""Loads by scripted clients: bulk, small messages, many connections, patient and impatient ones, and no clients at all.

A play is a function of the stage that returns what was wrong.
"""

import select
import socket
import ssl
import threading
import time

from daemon import BRIEF, PATIENCE
from peers import CHUNK, VERSIONS, Client, Talk, some_bytes

CLEAN = "close_notify"
BULK = 12 << 20
# How long a paced transfer lasts, seconds: a few reloads fall into it.
SPAN = 10
# What is sent at a time in one, and how long after the last.
STEP, PACE = 16384, 0.02


def pump(backend, data, pace=0):
    """Sends and receives at the same time, to both ends."""
    sender = threading.Thread(target=send_all, args=(backend, data, pace))
    sender.start()
    backend.read_all()
    sender.join()


def send_all(end, data, pace):
    try:
        for start in range(0, len(data), STEP if pace else CHUNK):
            end.write(data[start:start + (STEP if pace else CHUNK)])
            if pace:
                time.sleep(pace)
        end.finish()
    except OSError as error:
        end.view.end = "sending: %r" % error


def duplex(client, data, pace=0):
    """Sends and receives at the same time, to both ends, on one thread: the TLS object is not for two."""
    step = STEP if pace else CHUNK
    poll = select.poll()
    client.socket.setblocking(False)
    pending, position, next_send, is_closed = b"", 0, 0.0, False
    last_moved = time.monotonic()
    while client.view.end is None or pending or not is_closed:
        now = time.monotonic()
        if now > last_moved + PATIENCE:
            raise TimeoutError
        if not pending and now >= next_send:
            if position < len(data):
                client.tls.write(data[position:position + step])
                position += step
                next_send = max(next_send, now - 1) + pace
            elif not is_closed and not client.incoming.pending:
                is_closed = True
                try:
                    client.tls.unwrap()
                except ssl.SSLWantReadError:
                    pass
            pending = client.outgoing.read()
        wants = (select.POLLOUT if pending else 0) | (select.POLLIN if client.view.end is None else 0)
        poll.register(client.socket, wants)
        wait = 1000 * (next_send - now) + 1 if pace and not pending and not is_closed else 1000
        for _, state in poll.poll(max(0, wait)):
            last_moved = time.monotonic()
            if state & select.POLLOUT:
                pending = pending[client.socket.send(pending):]
            if state & (select.POLLIN | select.POLLHUP | select.POLLERR) and client.view.end is None:
                if not client.receive():
                    client.view.end = "fin"
                while client.view.end is None and client.take():
                    pass
    client.socket.setblocking(True)


def bulk(stage, proxy, version, size=BULK, pace=0):
    """Both directions at once, as fast as they go."""
    upload, reply = some_bytes(size), some_bytes(size)
    with Talk(stage, proxy, lambda backend: pump(backend, reply, pace)) as talk:
        client = talk.dial(version)
        duplex(client, upload, pace)
        return talk.judge("finished", CLEAN, "fin", upload, reply)


def paced(stage, proxy, version):
    """Both directions at once, slowly, over several reloads."""
    reloads = stage.reloads
    wrong = bulk(stage, proxy, version, int(SPAN / PACE) * STEP, PACE)
    stage.spanned += stage.reloads - reloads
    return wrong


def small_messages(stage, proxy, version):
    """Two hundred small questions and their answers."""
    sizes = [1 + 37 * number % 1400 for number in range(200)]
    upload = some_bytes(sum(sizes))

    def serve(backend):
        position = 0
        for size in sizes:
            backend.read(size)
            backend.write(upload[position:position + size])
            position += size
        backend.read_all()

    with Talk(stage, proxy, serve) as talk:
        client, position = talk.dial(version), 0
        for size in sizes:
            client.write(upload[position:position + size])
            position += size
            if not client.read(position):
                break
        client.close_notify()
        client.read_all()
        return talk.judge("finished", CLEAN, "fin", upload, upload)


def echo(backend):
    """Sends back what comes, to the end."""
    while data := backend.socket.recv(CHUNK):
        backend.view.add(data)
        backend.write(data)
    backend.view.end = "fin"


def short(stage, proxy, version, session=None, finds=None):
    """One message and its echo; `finds` gets the client before it goes."""
    message = some_bytes(100)
    with Talk(stage, proxy, echo) as talk:
        client = talk.dial(version, session=session)
        if session:
            talk.key = client.address
        client.write(message)
        client.read(len(message))
        if finds is not None:
            finds.append((client.tls.session_reused, client.tls.session))
        client.close_notify()
        client.read_all()
        return talk.judge("finished", CLEAN, "fin", message, message)


def short_ones(stage, proxy, version):
    """Ten connections, one after the other."""
    return [text for _ in range(10) for text in short(stage, proxy, version)]


def resumed(stage, proxy, version):
    """A session, and four connections that resume it."""
    name = "%08d.soak.test" % next(stage.numbers)
    message, wrong, session = some_bytes(100), [], None
    for number in range(5):
        with Talk(stage, proxy, echo) as talk:
            talk.key = talk.name = name
            client = talk.dial(version, session=session)
            client.write(message)
            client.read(len(message))
            session = client.tls.session
            client.close_notify()
            client.read_all()
            wrong += talk.judge("finished", CLEAN, "fin", message, message, resumed=number > 0)
            if client.tls.session_reused != (number > 0):
                wrong.append("client: resumed is %s" % client.tls.session_reused)
    return wrong


def idle(stage, proxy, version):
    """Silence for a while, and then still there."""
    upload = some_bytes(100)
    with Talk(stage, proxy, echo) as talk:
        client = talk.dial(version)
        client.write(upload[:50])
        client.read(50)
        time.sleep(SPAN / 2)
        client.write(upload[50:])
        client.read(100)
        client.close_notify()
        client.read_all()
        return talk.judge("finished", CLEAN, "fin", upload, upload)


def slow_reader(stage, proxy, version):
    """A client that takes its reply in small pieces."""
    reply = some_bytes(2 << 20)
    with Talk(stage, proxy, lambda backend: (backend.write(reply), backend.finish(), backend.read_all())) as talk:
        client = talk.dial(version, receive_buffer=8192)
        while client.view.end is None:
            client.read(client.view.size + CHUNK)
            time.sleep(0.05)
        client.close_notify()
        return talk.judge("finished", CLEAN, "fin", b"", reply)


def slow_sender(stage, proxy, version):
    """A client that sends a byte at a time, in pieces of a record."""
    upload = some_bytes(50)
    with Talk(stage, proxy, lambda backend: (backend.read_all(), backend.write(upload))) as talk:
        client = talk.dial(version)
        client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for number in range(len(upload)):
            record = client.seal(upload[number:number + 1])
            client.socket.sendall(record[:7])
            time.sleep(0.01)
            client.socket.sendall(record[7:])
        client.close_notify()
        client.read_all()
        return talk.judge("finished", CLEAN, "fin", upload, upload)


def crowd(stage, proxy, version):
    """Thirty clients at once."""
    talks, wrong = [Talk(stage, proxy, echo) for _ in range(30)], []
    message = some_bytes(1000)
    try:
        for talk in talks:
            talk.__enter__().dial(version).write(message)
        for talk in talks:
            talk.client.read(len(message))
            talk.client.close_notify()
        for talk in talks:
            talk.client.read_all()
            wrong += talk.judge("finished", CLEAN, "fin", message, message)
    finally:
        for talk in talks:
            talk.__exit__()
    return wrong


def no_backend(stage, proxy, version):
    """A backend that nobody can reach, and no clean end for the client."""
    with Talk(stage, proxy, None) as talk:
        client = talk.dial(version)
        client.read_all()
        wrong = [] if client.view.end in ("fin", "reset") else ["client: the end is " + client.view.end]
        return wrong + talk.judge_line("backend_unreachable")


def untrusting(stage, proxy, version):
    """A client that does not know the authority."""
    context = ssl.create_default_context()
    context.minimum_version = context.maximum_version = VERSIONS[version]
    name = "%08d.soak.test" % next(stage.numbers)
    talk = Talk(stage, proxy, None)
    talk.key = name
    try:
        Client(stage.daemon.ports[proxy], context, name).close()
        return ["the certificate was accepted"]
    except ssl.SSLCertVerificationError:
        pass
    return talk.judge_line("handshake_failed", alert_received="unknown_ca")


def no_common_suite(stage, proxy, version):
    """A client without forward secrecy."""
    context = ssl.create_default_context(cafile=stage.root)
    context.maximum_version = VERSIONS["1.2"]
    context.set_ciphers("AES128-SHA256:AES256-SHA256")
    talk = Talk(stage, proxy, None)
    talk.key = "%08d.soak.test" % next(stage.numbers)
    try:
        Client(stage.daemon.ports[proxy], context, talk.key).close()
        return ["it was served"]
    except ssl.SSLError as error:
        wrong = [] if "HANDSHAKE_FAILURE" in str(error.reason) else ["client: %s" % error.reason]
    return wrong + talk.judge_line("handshake_failed", alert_sent="handshake_failure")


HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"
LONG_HELLO = b"\x16\x03\x01\x40\x00\x01\x00\xff\xff\x03\x03"
# First bytes, what the client does then, the reason in the log, what it must read before the end.
FIRST_BYTES = {
    "HTTP": (b"GET / HTTP/1.1\r\nHost: soak.test\r\n\r\n", "read", "not_tls"),
    "noise": (bytes(range(160, 224)), "read", "not_tls"),
    "a hello too large": (LONG_HELLO + bytes(20_000), "read", "hello_too_large"),
    "nothing": (b"", "finish", "client_vanished"),
    "half a hello": (HELLO + bytes(50), "finish", "client_vanished"),
    "half a hello, reset": (HELLO + bytes(50), "reset", "client_vanished"),
    "half a hello, silence": (HELLO + bytes(50), "read", "handshake_timeout"),
}


def first_bytes(stage, proxy, what):
    """What comes instead of a ClientHello."""
    data, then, reason = FIRST_BYTES[what]
    talk = Talk(stage, proxy, None)
    with socket.create_connection(("127.0.0.1", stage.daemon.ports[proxy]), 10 * BRIEF) as stream:
        talk.key = "127.0.0.1:%d" % stream.getsockname()[1]
        answer = b""
        try:
            stream.sendall(data)
            if then == "finish":
                stream.shutdown(socket.SHUT_WR)
            if then != "reset":
                while more := stream.recv(1000):
                    answer += more
        except ConnectionResetError:
            if then == "read" and reason != "hello_too_large":
                return ["client: reset"]
        if then == "reset":
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    # An alert, or nothing.
    wrong = [] if not answer or answer[0] == 21 else ["client: answered with %r" % answer[:20]]
    return wrong + talk.judge_line(reason)
