"""Clients that begin something and then crawl are cut at their deadline; the honest are served.

All of them run beside each other, since each takes as long as its deadline.
"""

import selectors

from support.channel import Channel
from support.deadline import Deadline
from support.echo import text_packet
from support.websocket import TEXT, WebSocket, encode_frame, encode_message, upgrade_request
from support.witness import Witness

HANDSHAKE_SECONDS = 10
CUT_SECONDS_MAX = 25


class Crawler:
    """A connection that sends one more byte of something endless at every tick."""

    def __init__(self, name, channel, drip):
        self.name = name
        self.channel = channel
        self._drip = drip
        self._sent = 0

    def tick(self):
        """Sends the next byte; false once the server has cut the connection."""
        at, self._sent = self._sent, self._sent + 1
        try:
            self.channel.send(self._drip[at:at + 1])
        except OSError:
            return False
        return True


def crawlers(server):
    request = upgrade_request(server.websocket_address, X_Padding="x" * 500)
    packet = text_packet(500)
    websocket = Channel.tcp(server.websocket_address)
    yield Crawler("a silent handshake", websocket, b"")
    yield Crawler("a handshake by single bytes", Channel.tcp(server.websocket_address), request)
    yield Crawler("a frame by single bytes", upgraded(server), encode_frame(TEXT, packet))
    yield Crawler("a frame that stops in its head", upgraded(server, b"\x81\xfe"), b"")
    yield Crawler("fragments by single bytes", upgraded(server), encode_message(TEXT, packet, 1))
    yield Crawler("a packet over TCP", Channel.tcp(server.tcp_address), packet)
    yield Crawler("a packet over a Unix socket", Channel.unix(server.unix_path), packet)
    yield Crawler("a packet that stops", started(Channel.tcp(server.tcp_address)), b"")


def upgraded(server, beginning=b""):
    channel = WebSocket.connect(server.websocket_address).channel
    channel.send(beginning)
    return channel


def started(channel):
    channel.send(b"\xb5\xb5")
    return channel


def test_each_crawling_client_is_cut_and_the_honest_are_served_meanwhile(server):
    crawling = list(crawlers(server))
    with Witness(server) as witness, selectors.DefaultSelector() as selector:
        for crawler in crawling:
            selector.register(crawler.channel, selectors.EVENT_READ, crawler)

        deadline = Deadline(CUT_SECONDS_MAX)
        while selector.get_map() and not deadline.passed():
            drop_those_cut(selector)
            assert witness.still_served()

        assert [key.data.name for key in selector.get_map().values()] == [], "not cut in time"
    assert len(crawling) == 8
    for crawler in crawling:
        crawler.channel.close()


def drop_those_cut(selector):
    """Waits a second for ends of connections, then lets the others crawl on by one byte."""
    for key, _ in selector.select(timeout=1):
        if key.data.channel.receive() == b"":
            selector.unregister(key.fileobj)
    for key in list(selector.get_map().values()):
        if not key.data.tick():
            selector.unregister(key.fileobj)


def test_a_quiet_session_is_not_cut(server):
    with Witness(server) as quiet, selectors.DefaultSelector() as selector:
        selector.register(quiet.wire.channel, selectors.EVENT_READ)

        assert selector.select(timeout=HANDSHAKE_SECONDS + 2) == [], "nobody spoke to it"

        assert quiet.still_served()
