"""Row j: the service stops while connections live."""

import signal
import socket
import subprocess
import threading

from daemon import PATIENCE
from deck import Card, versions
from loads import echo
from peers import Talk, some_bytes
from rows import EARLY, REPLY

CLEAN = "close_notify"


def waiting(stage, proxy, version, is_ready):
    """The service stops while nothing is under way: both sides are told a clean end."""
    message = some_bytes(100)
    with Talk(stage, proxy, echo) as talk:
        client = talk.dial(version)
        client.write(message)
        client.read(len(message))
        is_ready()
        client.read_all()
        return talk.judge("drained", CLEAN, "fin", message, message)


def downloading(stage, proxy, version, is_ready):
    """The service stops within a reply: it ends between two records."""
    # Paced, so that little waits for the client: one that does not take in time what waits for it is reset.
    with Talk(stage, proxy, lambda backend: backend.write_until_refused(EARLY, 0.01)) as talk:
        client = talk.dial(version)
        client.read(REPLY)
        is_ready()
        client.read_all()
        return talk.judge("drained", CLEAN, bytes_to_client=client.view.size)


def uploading(stage, proxy, version, is_ready):
    """The service stops within an upload: a clean end for the backend behind what was forwarded."""
    with Talk(stage, proxy, lambda backend: backend.read_all()) as talk:
        client = talk.dial(version)
        is_over = threading.Event()
        part = some_bytes(EARLY)
        sent = 0

        def send():
            nonlocal sent
            # Sealed here and sent there: the TLS object is not for two threads.
            while not is_over.wait(0.002):
                try:
                    with lock:
                        record = client.seal(part)
                    client.socket.sendall(record)
                    sent += len(part)
                except OSError:
                    return

        lock = threading.Lock()
        sender = threading.Thread(target=send)
        sender.start()
        is_ready()
        while client.view.end is None:
            data = client.socket.recv(1000)
            with lock:
                client.incoming.write(data)
                if not data:
                    client.view.end = "fin"
                while client.view.end is None and client.take():
                    pass
        is_over.set()
        sender.join()
        wrong = talk.judge("drained", CLEAN, "fin")
        if talk.backend.view.size > sent + len(part):
            wrong.append("backend: more than was sent")
        return wrong


def finishing(stage, proxy, version, is_ready):
    """The service stops, and a connection ends by itself before drain_timeout has passed."""
    message = some_bytes(100)
    with Talk(stage, proxy, echo) as talk:
        client = talk.dial(version)
        client.write(message)
        client.read(len(message))
        is_ready()
        stage.daemon.wait_for("stopping")
        client.close_notify()
        client.read_all()
        return talk.judge("finished", CLEAN, "fin", message, message)


# Play, proxies, connections of each TLS version.
PLAYS = [
    (waiting, ["reply", "reset", "half", "modern", "brief"], 4),
    (downloading, ["reply", "reset"], 2),
    (uploading, ["reply", "reset"], 2),
    (finishing, ["reply"], 1),
]


def drain(stage, play):
    """Stops the daemon over live connections. `play` is called with a card for each of them.

    Returns what was wrong with the process itself.
    """
    ready = threading.Semaphore(0)
    threads = [threading.Thread(target=play, args=(Card("j", function, stage, proxy, version, ready.release),))
               for function, proxies, count in PLAYS for proxy in proxies for version in versions(proxy)
               for _ in range(count)]
    for thread in threads:
        thread.start()
    wrong = []
    if not all(ready.acquire(timeout=PATIENCE) for _ in threads):
        wrong.append("not every connection was made")
    port = stage.daemon.ports["reply"]
    stage.daemon.process.send_signal(signal.SIGTERM)
    for thread in threads:
        thread.join()
    try:
        socket.create_connection(("127.0.0.1", port), PATIENCE).close()
        wrong.append("it still listens")
    except ConnectionRefusedError:
        pass
    stopped = stage.daemon.event("stopped")
    try:
        status = stage.daemon.process.wait(PATIENCE)
        if status != 0:
            wrong.append("it ended with status %d" % status)
    except subprocess.TimeoutExpired:
        wrong.append("it does not end")
    reports = sum(stage.daemon.reasons.values())
    if stopped is None or int(stopped["served"]) != reports:
        wrong.append("it served %s connections and reported %d" % (stopped and stopped["served"], reports))
    return wrong
