"""Every play there is: what, on which proxy, under which version of TLS."""

import loads
import programs
from peers import VERSIONS
from rows import ROWS

# Load, proxies, how often it is in the deck.
LOADS = [
    (loads.bulk, ["reply", "reset", "half", "modern"], 1),
    (loads.paced, ["reply", "reset"], 1),
    (loads.small_messages, ["reply", "reset", "half"], 1),
    (loads.short_ones, ["reply", "reset", "half", "modern"], 2),
    (loads.resumed, ["reply", "reset", "half"], 1),
    (loads.idle, ["reply", "half"], 1),
    (loads.slow_reader, ["reply", "half"], 1),
    (loads.slow_sender, ["reply", "reset"], 1),
    (loads.crowd, ["reply", "reset"], 1),
    (loads.no_backend, ["nobody"], 1),
    (loads.untrusting, ["reply"], 1),
    (loads.no_common_suite, ["reset"], 1),
]


def versions(proxy):
    return ["1.3"] if proxy == "modern" else list(VERSIONS)


class Card:
    """One play. Its title is the first line of the function's text; those with one title and row count together."""

    def __init__(self, row, function, stage, proxy, variant, *more):
        self.row = row
        self.title = function.__doc__.partition("\n")[0].rstrip(".")
        self.name = "%s: %s (%s, %s)" % (row, self.title, proxy, variant)
        self.run = lambda: function(stage, proxy, variant, *more)


def deck(stage):
    """A card for every play."""
    cards = [Card(row, function, stage, proxy, version)
             for row, function, proxies in ROWS for proxy in proxies for version in versions(proxy)]
    cards += [Card("load", function, stage, proxy, version)
              for function, proxies, count in LOADS for proxy in proxies for version in versions(proxy) * count]
    # Only where silence is to be met is there little patience.
    cards += [Card("first bytes", loads.first_bytes, stage, "brief" if reason == "handshake_timeout" else "reply", what)
              for what, (_, _, reason) in loads.FIRST_BYTES.items()]
    cards += [Card(program, function, stage, proxy, version)
              for program, function, proxies, offered in programs.PROGRAMS for proxy in proxies for version in offered]
    return cards
