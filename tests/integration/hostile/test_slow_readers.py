"""Clients that ask for much and read nothing cost only themselves."""

from support.deadline import Deadline
from support.echo import EchoSocket
from support.syndicate import SyndicateClient
from support.websocket import PING, Closed, encode_frame
from support.witness import Witness

MESSAGE_BYTES = 60_000
MESSAGES = 600  # 36 MB: more than the outbox limit and all socket buffers together
PINGS = 50_000


def packets_until_end(client):
    """How many packets still come; the end of the stream must come too."""
    count = 0
    deadline = Deadline(30)
    try:
        while True:
            client.wire.receive(deadline)
            count += 1
    except Closed:
        return count


def test_a_plain_client_that_never_reads_is_cut_and_others_are_served(server):
    lazy = SyndicateClient(server, "tcp", "binary")
    lazy.resolve()
    lazy.observe("<group <rec flood> {0: <bind <_>>}>")
    lazy.sync()
    with SyndicateClient(server, "unix", "binary") as flood, Witness(server) as witness:
        flood.resolve()
        for number in range(MESSAGES):
            flood.send(f'<flood "{"x" * MESSAGE_BYTES}">')
            # The witness is told of the flood too, and would itself be slow if it read only later.
            assert number % 50 != 0 or witness.still_served()
        flood.sync(deadline=60)

        assert witness.still_served()
        assert packets_until_end(lazy) < MESSAGES, "it was cut before it had everything"
    lazy.wire.channel.close()


def test_a_flood_of_pings_that_nobody_reads_disturbs_nobody(server):
    with EchoSocket.open(server) as flooding, EchoSocket.open(server) as other:
        flood = encode_frame(PING, b"x" * 125) * 100
        try:
            for _ in range(PINGS // 100):
                flooding.send_bytes(flood)
        except OSError:
            pass  # The server reads no more from whoever does not read, or has cut it.

        assert other.still_echoes()
