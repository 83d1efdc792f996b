"""V-B2: very many clients that crawl, or never read, cost the honest ones little: what these wait
for, 99 times of 100, is at most twice what it is at the same time on a server without the others.

AVOW_TEST_CRAWLERS says how many there are, AVOW_TEST_READERS how many read all they are told. What
each kind is cut for is shown by test_slow_clients.
"""

import os
import selectors

import pytest

from support.channel import Channel
from support.deadline import Deadline
from support.echo import text_packet
from support.open_files import many_open_files
from support.seed import count_of
from support.steady_load import SideBySide
from support.websocket import PING, TEXT, WebSocket, encode_frame, encode_message, upgrade_request
from support.witness import Witness

IS_SANITIZED = bool(os.environ.get("AVOW_TEST_SANITIZED"))
CRAWLERS = count_of("AVOW_TEST_CRAWLERS", 500)
READERS = count_of("AVOW_TEST_READERS", 10 if IS_SANITIZED else 100)
READ_A_SECOND = count_of("AVOW_TEST_READ_A_SECOND", 100)
RUNS = 5  # Of a second each.
CUT_SECONDS_MAX = 40


def drips(server):
    """Whether each kind of client is let in first, and what it sends byte by byte."""
    request = upgrade_request(server.websocket_address, X_Padding="x" * 4000)
    packet = text_packet(4000)
    return ((False, request),  # Of a header, of a frame, and of fragments.
            (True, encode_frame(TEXT, packet)),
            (True, encode_message(TEXT, packet, 1)))


class Crawlers:
    """All of them, served by one selector."""

    def __init__(self, server, count):
        self._selector = selectors.DefaultSelector()
        kinds = drips(server)
        for number in range(count):
            upgraded, drip = kinds[number % len(kinds)]
            channel = WebSocket.connect(server.websocket_address).channel if upgraded else \
                Channel.tcp(server.websocket_address)
            self._selector.register(channel, selectors.EVENT_READ, [drip, 0])

    def tick(self):
        """Each sends its next byte; those that were cut are taken out."""
        for key in list(self._selector.get_map().values()):
            drip, at = key.data
            try:
                key.fileobj.send(drip[at:at + 1])
                key.data[1] += 1
            except OSError:
                self._drop(key.fileobj)

    def note_cut(self):
        for key, _ in self._selector.select(timeout=0):
            if key.fileobj.receive() == b"":
                self._drop(key.fileobj)

    def left(self):
        return len(self._selector.get_map())

    def close(self):
        for key in list(self._selector.get_map().values()):
            self._drop(key.fileobj)
        self._selector.close()

    def _drop(self, channel):
        self._selector.unregister(channel)
        channel.close()


def flood_with_pings(server):
    """A client that sends pings as long as it can, and reads none of the answers."""
    flooding = WebSocket.connect(server.websocket_address)
    flood = encode_frame(PING, b"x" * 125) * 400
    try:
        flooding.channel.send(flood)
    except OSError:
        pass  # The server reads no more from whoever does not read, or has cut it.
    return flooding


@pytest.fixture
def steady(avow, avowd, server):
    running = SideBySide(avow, avowd, server, READERS, READ_A_SECOND)
    yield running
    running.close()


def slow_delays(steady, before_each=lambda: None):
    for _ in range(RUNS):
        before_each()
        steady.go_through()
    return steady.slow_delays()


def test_many_crawling_clients_are_cut_and_the_honest_notice_little(server, steady):
    with many_open_files():
        alone = slow_delays(steady)
        crawlers = Crawlers(server, CRAWLERS)
        flooding = [flood_with_pings(server) for _ in range(10)]
        among = slow_delays(steady, crawlers.tick)
        steady.stop()
        go_on_until_cut(crawlers, server)

        print(f"p99, and in brackets that of a server without the others: {alone} before, "
              f"{among} among {CRAWLERS}")
        assert IS_SANITIZED or among.ratio() <= 2
        for each in flooding:
            each.channel.close()
        crawlers.close()


def go_on_until_cut(crawlers, server):
    deadline = Deadline(CUT_SECONDS_MAX)
    with Witness(server) as witness:
        while crawlers.left() and not deadline.passed():
            crawlers.tick()
            for _ in range(20):
                crawlers.note_cut()
                assert witness.still_served()
    assert crawlers.left() == 0, "not cut in time"
