"""The rows of the close table, each played by a scripted client and a scripted backend; see docs/closing.md.

A play is a function of the stage that returns what was wrong. Row j ends the daemon and is in `ending.py`.
"""

import socket
import threading

from daemon import PATIENCE
from peers import Talk, some_bytes

UPLOAD = 100_000
REPLY = 300_000
EARLY = 10_000
CLEAN = "close_notify"


def client_closes(stage, proxy, version):
    """The client ends its stream, and the reply goes on."""
    upload, reply = some_bytes(UPLOAD), some_bytes(REPLY)

    def serve(backend):
        backend.read_all()
        backend.write(reply)

    with Talk(stage, proxy, serve) as talk:
        client = talk.dial(version)
        client.write(upload)
        client.close_notify()
        client.read_all()
        return talk.judge("finished", CLEAN, "fin", upload, reply, tls="TLSv" + version, bytes_to_client=REPLY)


def truncated_with_reply(stage, proxy, version):
    """Truncated, reset-after-reply: the reply is delivered, then the backend is reset."""
    upload, reply = some_bytes(UPLOAD), some_bytes(REPLY)

    def serve(backend):
        backend.read(UPLOAD)
        backend.write(reply)
        backend.finish()
        backend.read_all()

    with Talk(stage, proxy, serve) as talk:
        client = talk.dial(version)
        client.write(upload)
        client.finish()
        client.read_all()
        return talk.judge("client_truncated", CLEAN, "reset", upload, reply)


def truncated_without_reply(stage, proxy, version):
    """Truncated, reset, and reset-after-reply without a reply: the backend is reset."""
    upload = some_bytes(UPLOAD)
    with Talk(stage, proxy, lambda backend: backend.read_all()) as talk:
        client = talk.dial(version)
        client.write(upload)
        client.finish()
        client.read_all()
        return talk.judge("client_truncated", "fin", "reset", upload, b"")


def truncated_as_closed(stage, proxy, version):
    """Truncated, half-close: a clean end for the backend, and its reply."""
    upload, reply = some_bytes(UPLOAD), some_bytes(REPLY)

    def serve(backend):
        backend.read_all()
        backend.write(reply)

    with Talk(stage, proxy, serve) as talk:
        client = talk.dial(version)
        client.write(upload)
        client.finish()
        client.read_all()
        return talk.judge("client_truncated", CLEAN, "fin", upload, reply)


def cut_record(stage, proxy, version):
    """Truncated within a record: nothing of it reaches the backend."""
    upload = some_bytes(EARLY)
    with Talk(stage, proxy, lambda backend: backend.read_all()) as talk:
        client = talk.dial(version)
        client.write(upload)
        client.socket.sendall(client.seal(some_bytes(EARLY))[:-1])
        client.finish()
        client.read_all()
        return talk.judge("client_truncated", "fin", "reset", upload, b"")


def backend_finishes(stage, proxy, version):
    """The backend ends its stream, and the upload goes on."""
    upload, reply = some_bytes(REPLY), some_bytes(EARLY)

    def serve(backend):
        backend.write(reply)
        backend.finish()
        backend.read_all()

    with Talk(stage, proxy, serve) as talk:
        client = talk.dial(version)
        client.read_all()
        client.write(upload)
        client.close_notify()
        return talk.judge("finished", CLEAN, "fin", upload, reply)


def backend_resets(stage, proxy, version):
    """The backend resets: what had arrived, and no clean end."""
    upload, reply = some_bytes(EARLY), some_bytes(REPLY)

    def serve(backend):
        backend.read(EARLY)
        backend.write(reply)
        backend.wait_acknowledged()
        backend.reset()

    with Talk(stage, proxy, serve) as talk:
        client = talk.dial(version)
        client.write(upload)
        client.read_all()
        return talk.judge("backend_reset", "fin", None, upload, reply)


def backend_closes_unread(stage, proxy, version):
    """The backend closes with unread input, which is a reset."""
    reply = some_bytes(EARLY)

    def serve(backend):
        backend.write(reply)
        backend.socket.recv(1, socket.MSG_PEEK)
        backend.wait_acknowledged()

    with Talk(stage, proxy, serve) as talk:
        client = talk.dial(version)
        client.write(some_bytes(UPLOAD))
        client.read_all()
        return talk.judge("backend_reset", "fin", None, None, reply)


def client_resets_idle(stage, proxy, version):
    """The client resets while nothing is under way."""
    upload, is_read = some_bytes(EARLY), threading.Event()

    def serve(backend):
        backend.read(EARLY)
        is_read.set()
        backend.read_all()

    with Talk(stage, proxy, serve) as talk:
        client = talk.dial(version)
        client.write(upload)
        is_read.wait(PATIENCE)
        client.reset()
        return talk.judge("client_reset", None, "reset", upload)


def client_resets_upload(stage, proxy, version):
    """The client resets within an upload that the backend does not read."""
    has_begun, is_reset = threading.Event(), threading.Event()

    def serve(backend):
        has_begun.set()
        is_reset.wait(PATIENCE)
        backend.read_all()

    with Talk(stage, proxy, serve) as talk:
        client = talk.dial(version)
        has_begun.wait(PATIENCE)
        client.write(some_bytes(REPLY))
        client.reset()
        is_reset.set()
        return talk.judge("client_reset", None, "reset")


def client_resets_download(stage, proxy, version):
    """The client resets within a reply."""
    with Talk(stage, proxy, lambda backend: backend.write_until_refused()) as talk:
        client = talk.dial(version)
        wrong = [] if client.read(REPLY) else ["client: no reply to interrupt"]
        client.reset()
        return wrong + talk.judge("client_reset", None, "reset")


def client_resets_waiting(stage, proxy, version):
    """The client resets after its close_notify, while the backend is at work on the reply."""
    upload, is_read = some_bytes(EARLY), threading.Event()

    def serve(backend):
        backend.read_all()
        is_read.set()
        backend.wait_reset()

    with Talk(stage, proxy, serve) as talk:
        client = talk.dial(version)
        client.write(upload)
        client.close_notify()
        is_read.wait(PATIENCE)
        client.reset()
        return talk.judge("client_reset", None, "reset", upload)


def backend_answers_early(stage, proxy, version):
    """The backend answers and closes while the client still sends: the whole answer."""
    reply, is_closed = some_bytes(REPLY), threading.Event()

    def serve(backend):
        backend.read(1000)
        backend.write(reply)
        backend.finish()
        backend.wait_acknowledged()
        # With unread input, so that the close is a reset.
        backend.socket.recv(1, socket.MSG_PEEK)
        backend.socket.close()
        is_closed.set()

    with Talk(stage, proxy, serve) as talk:
        client = talk.dial(version)
        client.write(some_bytes(UPLOAD))
        is_closed.wait(PATIENCE)
        # More than the sockets on the way can hold: written, it has met the reset, however late the kernel hands that on.
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
        client.write(some_bytes(80 * UPLOAD))
        client.close_notify()
        client.read_all()
        return talk.judge("backend_closed_early", CLEAN, None, None, reply)


def client_never_answers(stage, proxy, version):
    """The client never answers the end of the reply."""
    upload, reply = some_bytes(EARLY), some_bytes(EARLY)

    def serve(backend):
        backend.read(EARLY)
        backend.write(reply)
        backend.finish()
        backend.read_all()

    with Talk(stage, proxy, serve) as talk:
        client = talk.dial(version)
        client.write(upload)
        client.read_all()
        return talk.judge("half_closed_timeout", CLEAN, "reset", upload, reply, is_client_gone=False)


def backend_never_answers(stage, proxy, version):
    """The backend never answers the end of the upload."""
    upload = some_bytes(EARLY)

    def serve(backend):
        backend.read_all()
        backend.wait_reset()

    with Talk(stage, proxy, serve) as talk:
        client = talk.dial(version)
        client.write(upload)
        client.close_notify()
        client.read_all()
        return talk.judge("half_closed_timeout", "fin", "reset", upload, b"")


def damaged_record(stage, proxy, version):
    """A damaged record is answered with an alert, and the backend is reset behind what came before."""
    upload = some_bytes(UPLOAD)
    with Talk(stage, proxy, lambda backend: backend.read_all()) as talk:
        client = talk.dial(version)
        client.write(upload)
        record = bytearray(client.seal(b"damaged"))
        record[-1] ^= 4
        client.socket.sendall(record)
        client.read_all()
        return talk.judge("client_violation", "sslv3_alert_bad_record_mac", stage.told(proxy, "reset"), upload, b"",
                          alert_sent="bad_record_mac")


def plaintext_record(stage, proxy, version):
    """Something that is no record."""
    upload = some_bytes(UPLOAD)
    with Talk(stage, proxy, lambda backend: backend.read_all()) as talk:
        client = talk.dial(version)
        client.write(upload)
        client.socket.sendall(b"GET / HTTP/1.1\r\nHost: soak.test\r\n\r\n")
        client.read_all()
        return talk.judge("client_violation", "fin", stage.told(proxy, "reset"), upload, b"")


def client_alert(stage, proxy, version):
    """The client's fatal alert: it was shown a damaged record, which nobody sent."""
    upload = some_bytes(UPLOAD)
    with Talk(stage, proxy, lambda backend: backend.read_all()) as talk:
        client = talk.dial(version)
        client.write(upload)
        client.incoming.write(b"\x17\x03\x03\x00\x28" + some_bytes(40))
        while client.take():
            pass
        client.flush()
        while client.socket.recv(1000):
            pass
        return talk.judge("client_alert", None, stage.told(proxy, "reset"), upload, b"",
                          alert_received="bad_record_mac")


def backend_refuses_input(stage, proxy, version):
    """The backend takes no more, and its reply still comes.

    Only a Unix socket can do that.
    """
    reply, is_sent, is_over = some_bytes(4 * REPLY), threading.Event(), threading.Event()

    def serve(backend):
        backend.read(1000)
        backend.socket.shutdown(socket.SHUT_RD)
        is_sent.wait(PATIENCE)
        backend.write(reply)
        backend.finish()
        is_over.wait(PATIENCE)

    with Talk(stage, proxy, serve) as talk:
        client = talk.dial(version)
        # More than the sockets on the way can hold: written, it has met the refusal. Were that to meet the end of the
        # reply instead, both directions would be shut, which on a Unix socket is all that is left of a reset.
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
        client.write(some_bytes(160 * UPLOAD))
        is_sent.set()
        client.read_all()
        client.close()
        is_over.set()
        return talk.judge("backend_closed_early", CLEAN, None, None, reply)


def nothing_moves(stage, proxy, version):
    """Nothing moves: both sides are told a clean end."""
    upload = some_bytes(EARLY)

    def serve(backend):
        backend.read(EARLY)
        backend.write(upload)
        backend.read_all()

    with Talk(stage, proxy, serve) as talk:
        client = talk.dial(version)
        client.write(upload)
        client.read_all()
        return talk.judge("idle_timeout", CLEAN, "fin", upload, upload)


# Row, play, the proxies it is played on.
ROWS = [
    ("a", client_closes, ["reply", "reset", "half", "modern"]),
    ("b", truncated_with_reply, ["reply"]),
    ("b", truncated_without_reply, ["brief", "reset"]),
    ("b", truncated_as_closed, ["half", "modern"]),
    ("b", cut_record, ["reset"]),
    ("c", backend_finishes, ["reply", "reset", "half", "modern"]),
    ("d", backend_resets, ["reply", "reset", "modern"]),
    ("d", backend_closes_unread, ["reply", "reset"]),
    ("e", client_resets_idle, ["reply", "modern"]),
    ("e", client_resets_upload, ["reply", "reset"]),
    ("e", client_resets_download, ["reply", "reset"]),
    ("e", client_resets_waiting, ["reply", "reset"]),
    ("f", backend_answers_early, ["reply", "reset", "modern"]),
    ("g", client_never_answers, ["brief"]),
    ("g", backend_never_answers, ["brief"]),
    ("h", damaged_record, ["reply", "reset", "half"]),
    ("h", plaintext_record, ["reply", "half"]),
    ("h", client_alert, ["reply", "reset", "half"]),
    ("i", backend_refuses_input, ["half"]),
    ("k", nothing_moves, ["brief"]),
]
