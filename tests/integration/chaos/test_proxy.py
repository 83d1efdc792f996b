"""The chaos proxy does to a connection what it is told, and nothing else."""

import socket
import time

import pytest

from support.chaos import ChaosProxy


class Ends:
    """Both ends of connections through a proxy: whoever connects, and who is connected to."""

    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.proxy = ChaosProxy(self._listener.getsockname())
        self._open = [self._listener]

    def connect(self):
        """The client's socket, the server's, and the link between them."""
        client = socket.create_connection(self.proxy.tcp_address, timeout=10)
        server, _ = self._listener.accept()
        server.settimeout(10)
        self._open += [client, server]
        return client, server, self.proxy.link()

    def close(self):
        for one in self._open:
            one.close()


@pytest.fixture
def ends():
    one = Ends()
    with one.proxy:
        yield one
    one.close()


def receive(one, count):
    received = b""
    while len(received) < count and (chunk := one.recv(count - len(received))):
        received += chunk
    return received


def test_bytes_pass_both_ways_and_in_order(ends):
    client, server, link = ends.connect()
    sent = bytes(range(256)) * 1000
    client.sendall(sent)
    assert receive(server, len(sent)) == sent
    server.sendall(b"answer")
    assert receive(client, 6) == b"answer"
    assert link.passed() == (len(sent), 6)


def test_the_end_of_one_way_passes_and_the_other_way_goes_on(ends):
    client, server, _ = ends.connect()
    client.sendall(b"last")
    client.shutdown(socket.SHUT_WR)
    assert receive(server, 5) == b"last"

    server.sendall(b"answer")
    server.close()

    assert receive(client, 7) == b"answer"


def test_one_end_alone_sees_a_half_close(ends):
    client, server, link = ends.connect()
    link.half_close("server")
    assert server.recv(1) == b""

    server.sendall(b"answer")
    assert receive(client, 6) == b"answer"


def test_what_is_held_lets_other_connections_overtake(ends):
    first, first_server, held = ends.connect()
    held.change("up", held=True)
    second, second_server, _ = ends.connect()
    first.sendall(b"first")
    second.sendall(b"second")
    assert receive(second_server, 6) == b"second"
    assert held.passed() == (0, 0)

    held.change("up", held=False)

    assert receive(first_server, 5) == b"first"


def test_what_is_lost_never_comes(ends):
    client, server, link = ends.connect()
    link.change("up", lost=True)
    client.sendall(b"lost")
    server.sendall(b"seen")
    assert receive(client, 4) == b"seen"
    client.sendall(b"lost too")
    client.shutdown(socket.SHUT_WR)

    assert server.recv(1) == b""


def test_a_delay_and_a_rate_are_kept(ends):
    ends.proxy.expect(up={"delay": 0.05}, down={"rate": 100_000, "bytes_each": 1000})
    client, server, _ = ends.connect()
    begun = time.monotonic()
    client.sendall(b"late")
    assert receive(server, 4) == b"late"
    assert time.monotonic() - begun >= 0.05

    begun = time.monotonic()
    server.sendall(bytes(10_000))
    assert len(receive(client, 10_000)) == 10_000
    assert time.monotonic() - begun >= 0.09


def test_bytes_come_one_at_a_time(ends):
    ends.proxy.expect(up={"bytes_each": 1})
    client, server, link = ends.connect()
    client.sendall(b"one by one")
    assert receive(server, 10) == b"one by one"
    ends.proxy.until(lambda: link.up.passed == 10)


@pytest.mark.parametrize("count", [1, 1000])
def test_a_cut_comes_after_exactly_so_many_bytes_and_is_a_reset(ends, count):
    ends.proxy.expect(up={"cut_at": count})
    client, server, link = ends.connect()
    client.sendall(bytes(2000))
    received = b""
    with pytest.raises(ConnectionResetError):
        while chunk := server.recv(4096):
            received += chunk
    assert len(received) == count
    assert link.is_over
    with pytest.raises(OSError):
        client.recv(1)


def test_one_end_may_be_reset_while_the_other_sees_nothing(ends):
    client, server, link = ends.connect()
    link.reset("server")
    with pytest.raises(ConnectionResetError):
        server.recv(1)
    client.setblocking(False)
    with pytest.raises(BlockingIOError):
        client.recv(1)
