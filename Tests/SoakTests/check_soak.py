"""Mixed loads for a while, and the daemon holds at the end what it held after the first minute.

    check_soak.py DAEMON TWO_THREAD_CLIENT [--minutes N] [--cpu SHARE]

Every load and every row of the close table is a play, dealt from a shuffled deck; each run of a play looks at what both
ends saw and at the connection's line in the log. Reloads go on meanwhile. Every minute the load rests, and descriptors,
threads and memory are counted. The last line is `N passed, N failed`: one for each play, however often it ran.
"""

import argparse
import collections
import itertools
import os
import random
import resource
import signal
import ssl
import sys
import tempfile
import threading
import time
import traceback

import ending
import loads
from daemon import PATIENCE, Certificates, Configuration, Daemon
from deck import deck
from peers import VERSIONS, Backends, Talk, some_bytes
from reloads import INTERVAL, Marathon, Reloads

WORKERS = 24
# What resident memory may have grown by since the first minute, KiB: the allocator keeps freed memory in an arena
# for each of several threads, and how much depends on who met whom.
GROWTH = 4096
# What a file that was read may leave for good, KiB: TOMLKit frees none of the keys and values that it has handed out.
# Measured with this configuration: 6.1 over 420 reloads.
KEPT_A_LOAD = 9
# Reloads in a row, with nothing else going on, to see what one leaves.
QUIET_RELOADS = 240
# The same of connections, of which nothing may stay, KiB; measured: 0 to 0.6, as the allocator takes memory in steps
# of 132 KiB.
QUIET_CONNECTIONS = 600
KEPT_A_CONNECTION = 0.75
# Runs of a play whose complaints are printed in full.
SHOWN = 5

class Stage:
    """The daemon, the backends, and what all plays share."""

    def __init__(self, program, client, folder):
        self.client = os.path.abspath(client)
        self.numbers = itertools.count(1)
        # Talks whose connection has not reached its backend; connections that belong to none.
        self.awaited, self.strangers = {}, []
        self.backends = Backends(self, folder)
        self.certificates = Certificates(folder)
        self.root = self.certificates.root
        self.configuration = Configuration(folder, self.backends.addresses)
        self.contexts = {}
        for name, version in VERSIONS.items():
            context = ssl.create_default_context(cafile=self.root)
            context.minimum_version = context.maximum_version = version
            self.contexts[name] = context
        self.daemon = Daemon(program, self.configuration)
        # Reloads; those that paced transfers met; files that the daemon's parser took, whatever became of them.
        self.reloads = self.spanned = self.loads = 0

    @staticmethod
    def told(proxy, end):
        """Linux has no RST for Unix sockets."""
        return "fin" if proxy == "half" and end == "reset" else end


class Tally:
    """How often each play ran, and what was wrong."""

    def __init__(self):
        self.lock = threading.Lock()
        self.runs = collections.Counter()
        self.failures = collections.Counter()
        self.played = set()

    def note(self, row, title, wrong, name=None):
        with self.lock:
            self.runs[row, title] += 1
            if wrong:
                self.failures[row, title] += 1
                if self.failures[row, title] <= SHOWN:
                    print("FAILED  %s: %s" % (name or title, "; ".join(wrong)), flush=True)

    @staticmethod
    def complaints(function):
        try:
            return function()
        except Exception as error:  # What a play did not expect is a failure of the play.
            return ["%r in %s" % (error, traceback.extract_tb(error.__traceback__)[-1].name)]

    def check(self, row, title, function):
        self.note(row, title, self.complaints(function))

    def play(self, card):
        self.note(card.row, card.title, self.complaints(card.run), card.name)
        self.played.add(card.name)

    def finish(self):
        """Prints the table and the count."""
        print("\n%7s %7s  %-20s %s" % ("played", "failed", "row or kind", "play"))
        for row, title in sorted(self.runs):
            print("%7d %7d  %-20s %s" % (self.runs[row, title], self.failures[row, title], row, title))
        failed = sum(count > 0 for count in self.failures.values())
        print("%d passed, %d failed" % (len(self.runs) - failed, failed), flush=True)
        return failed


class Gate:
    """Lets plays begin while it is open."""

    def __init__(self):
        self.changed = threading.Condition()
        self.is_open = self.is_over = False
        self.inside = 0

    def enter(self):
        """Waits until it is open. False: no more."""
        with self.changed:
            self.changed.wait_for(lambda: self.is_open or self.is_over)
            self.inside += not self.is_over
            return not self.is_over

    def leave(self):
        with self.changed:
            self.inside -= 1
            self.changed.notify_all()

    def open(self):
        with self.changed:
            self.is_open = True
            self.changed.notify_all()

    def close(self):
        """Waits for those inside. False: they do not come out."""
        with self.changed:
            self.is_open = False
            return self.changed.wait_for(lambda: self.inside == 0, 3 * PATIENCE)

    def end(self):
        with self.changed:
            self.is_over = True
            self.changed.notify_all()


class Pace:
    """Keeps the processor time of driver, programs and daemon together at a share of one processor."""

    # Seconds of processor time that may be saved up.
    BURST = 1.0

    def __init__(self, daemon, share):
        self.daemon, self.share = daemon, share
        self.lock = threading.Lock()
        self.time, self.used, self.credit = time.monotonic(), self.spent(), self.BURST

    def spent(self):
        usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return self.daemon.cpu() + sum(one.ru_utime + one.ru_stime for one in usage)

    def wait(self):
        while True:
            with self.lock:
                now, used = time.monotonic(), self.spent()
                self.credit = min(self.BURST, self.credit + (now - self.time) * self.share) - (used - self.used)
                self.time, self.used = now, used
                if self.credit > 0:
                    return
                pause = -self.credit / self.share
            time.sleep(min(1.0, pause + 0.01))


class Soak:
    """The loads' threads, the reloads and the marathons, and the census between them."""

    def __init__(self, stage, tally, share):
        self.stage, self.tally, self.daemon = stage, tally, stage.daemon
        self.gate = Gate()
        self.pace = Pace(stage.daemon, share)
        self.reloads = Reloads(stage)
        self.cards = deck(stage)
        self.hand = []
        self.lock = threading.Lock()
        self.marathons = [Marathon(stage, "reply", "1.3"), Marathon(stage, "reset", "1.2")]
        self.threads = [threading.Thread(target=self.work, daemon=True) for _ in range(WORKERS)]
        self.threads.append(threading.Thread(target=self.reload, daemon=True))
        self.threads += [threading.Thread(target=self.run, args=(one,), daemon=True) for one in self.marathons]
        # The first minute's and the last.
        self.first = self.last = None

    def deal(self):
        with self.lock:
            if not self.hand:
                self.hand = random.sample(self.cards, len(self.cards))
            return self.hand.pop()

    def work(self):
        while self.gate.enter():
            self.pace.wait()
            self.tally.play(self.deal())
            self.gate.leave()

    def reload(self):
        while self.gate.enter():
            self.tally.check("reload", *next(self.reloads.steps))
            self.gate.leave()
            time.sleep(INTERVAL)

    def run(self, marathon):
        while self.gate.enter():
            wrong = self.tally.complaints(marathon.exchange)
            if wrong:
                self.tally.note("marathon", "A connection that lasts", wrong)
            self.gate.leave()
            time.sleep(0.05)

    def census(self):
        """Waits until nothing but the marathons lives, and counts."""
        lasting = 2 * len(self.marathons)
        deadline = time.monotonic() + PATIENCE
        seen, since = None, 0
        while time.monotonic() < deadline:
            now = (len(self.daemon.descriptors()), len(self.daemon.threads()))
            if now != seen:
                seen, since = now, time.monotonic()
            is_still = self.daemon.passing_threads() == lasting and time.monotonic() > since + 1
            if is_still and (self.first is None or now == (self.first.descriptors, self.first.threads)):
                break
            time.sleep(0.05)
        return self.daemon.census()

    def rest(self, minute, started):
        """Ends what is under way, and looks at what the daemon holds."""
        if not self.gate.close():
            self.tally.note("census", "Every play ends", ["%d did not" % self.gate.inside])
        self.tally.check("reload", "Back to the first state", self.reloads.settle)
        census = self.census()
        connections = sum(self.daemon.reasons.values())
        print("minute %2d: %3d descriptors, %3d threads, resident %6d KiB (anonymous %6d, proportional %6d); so far "
              "%6d connections, %4d reloads, %6d plays, %5.2f of a processor" % (
                  minute, census.descriptors, census.threads, census.resident, census.anonymous, census.proportional,
                  connections, self.stage.reloads, sum(self.tally.runs.values()),
                  self.pace.spent() / (time.monotonic() - started)), flush=True)
        self.last, self.last_loads = census, self.stage.loads
        if self.first is None:
            self.first, self.first_loads = census, self.stage.loads
        wrong = []
        if (census.descriptors, census.threads) != (self.first.descriptors, self.first.threads):
            wrong = [", ".join(sorted(self.daemon.descriptors())), ", ".join(sorted(self.daemon.threads()))]
        self.tally.note("census", "As many descriptors and threads as after the first minute", wrong)
        with self.daemon.said:
            strange = list(self.daemon.reports) + self.stage.strangers
        self.tally.note("census", "Every line in the log belongs to a play", [str(strange)] if strange else [])

    def judge_growth(self):
        """Since the first minute: what the allocator may hold more of, and what the TOML parser keeps of each file."""
        growth, loads = self.last.resident - self.first.resident, self.last_loads - self.first_loads
        kept = loads * KEPT_A_LOAD
        print("resident memory: %+d KiB since the first minute, with %d files read, of which the parser keeps up to %d "
              "KiB" % (growth, loads, kept), flush=True)
        return ["%d KiB more" % growth] if growth > GROWTH + kept else []

    def judge_quiet(self, what, step, count, limit):
        """What each of many equal steps leaves, with nothing else going on, KiB. The first of them fill the holes."""
        wrong, sizes = [], []
        for _ in range(2):
            for _ in range(count):
                wrong += step()
            sizes.append(self.census().anonymous)
        each = (sizes[1] - sizes[0]) / count
        print("%s leaves %.2f KiB" % (what, each), flush=True)
        return wrong + (["%.2f KiB each, allowed are %.2f" % (each, limit)] if each > limit else [])

    def judge_reloads(self):
        what = "a reload of %d bytes of configuration" % len(self.stage.configuration.text())
        return self.judge_quiet(
            what, lambda: [] if self.daemon.reload() else ["a reload was refused"], QUIET_RELOADS, KEPT_A_LOAD)

    def judge_connections(self):
        return self.judge_quiet(
            "a short connection", lambda: loads.short(self.stage, "reply", "1.3"), QUIET_CONNECTIONS,
            KEPT_A_CONNECTION)


def check_the_checks(stage, tally):
    """What is wrong must be noticed: talks that are judged by what did not happen."""
    message = some_bytes(100)
    right = dict(reason="finished", client="close_notify", backend="fin", sent=message, reply=message)
    for what, value in dict(reason="idle_timeout", client="fin", backend="reset", sent=message[1:] + b"x",
                            reply=message[:-1]).items():
        with Talk(stage, "reply", loads.echo) as talk:
            client = talk.dial("1.3")
            client.write(message)
            client.read(len(message))
            client.close_notify()
            client.read_all()
            found = talk.judge(**{**right, what: value})
        tally.note("check", "Planted and noticed: a wrong %s" % what, [] if found else ["it was not"])


def main():
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("daemon")
    arguments.add_argument("client", help="the two-thread client of Examples")
    arguments.add_argument("--minutes", type=int, default=3, help="at least 2: the first is what the last is held to")
    arguments.add_argument("--cpu", type=float, default=1.0, help="processors to keep busy")
    options = arguments.parse_args()
    if options.minutes < 2:
        arguments.error("--minutes: at least 2")
    # Whoever ends this ends the daemon too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    tally = Tally()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        stage = Stage(options.daemon, options.client, folder)
        try:
            soak(stage, tally, options)
        finally:
            if stage.daemon.process.poll() is None:
                stage.daemon.process.kill()
    return tally.finish() > 0


def soak(stage, tally, options):
    check_the_checks(stage, tally)
    run = Soak(stage, tally, options.cpu)
    started = time.monotonic()
    for thread in run.threads:
        thread.start()
    for minute in range(1, options.minutes + 1):
        run.gate.open()
        time.sleep(max(0, started + 60 * minute - time.monotonic()))
        run.rest(minute, started)
    run.gate.end()
    tally.check("census", "Resident memory as after the first minute", run.judge_growth)
    tally.check("census", "Resident memory over reloads of one file", run.judge_reloads)
    tally.check("census", "Resident memory over short connections", run.judge_connections)
    for marathon in run.marathons:
        tally.check("marathon", "A connection that lasts", marathon.end)
    tally.note("marathon", "Paced transfers span reloads", [] if stage.spanned else ["they met none"])
    tally.check("j", "The daemon drains and ends", lambda: ending.drain(stage, tally.play))
    tally.note("check", "Every play was played", sorted({card.name for card in run.cards} - tally.played))
    tally.note("check", "Nothing else for an operator in the log", [str(entry) for entry in alarms(stage)][:SHOWN])
    print("the marathons' connections carried %d KiB each way over %d reloads; paced transfers met %d" % (
        sum(marathon.size for marathon in run.marathons) // 1024, stage.reloads, stage.spanned))
    print("\n%7s  %s" % ("ended", "close reason"))
    for reason, count in sorted(stage.daemon.reasons.items()):
        print("%7d  %s" % (count, reason))


def alarms(stage):
    """Warnings and errors that no reload explains."""
    return [entry for entry in stage.daemon.alarms if entry["message"] != "configuration problem"]


if __name__ == "__main__":
    sys.exit(main())
