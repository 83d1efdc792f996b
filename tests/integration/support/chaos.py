"""A TCP proxy in front of a server: it does to connections what networks do, when a test says so.

Nothing in it waits for time to pass without being asked to: what a test says is in force once it
has been said, and what it waits for is an event. Each connection has two ways, `up` to the server
and `down` to the client, each with its own `Weather`.
"""

import itertools
import selectors
import socket
import struct
import threading
import time
from dataclasses import dataclass, field

from support.deadline import as_deadline

CHUNK_BYTES = 1 << 16
NO_LINGER = struct.pack("ii", 1, 0)


@dataclass
class Weather:
    """What happens to the bytes of one way.

    `delay` in seconds for each chunk; `rate` in bytes a second; `bytes_each` of a write (1: byte by
    byte); `held`: nothing passes, and nothing is read either; `lost`: everything is read and thrown
    away; `cut_at`: after so many bytes the connection ends, by RST.
    """

    delay: float = 0
    rate: float = None
    bytes_each: int = CHUNK_BYTES
    held: bool = False
    lost: bool = False
    cut_at: int = None


@dataclass
class Way:
    """One direction: read from one socket, written to the other."""

    source: socket.socket
    target: socket.socket
    weather: Weather
    waiting: list = field(default_factory=list)  # [due, bytes], in order.
    passed: int = 0
    has_ended: bool = False
    not_before: float = 0

    def take(self, data, now):
        due = max(now + self.weather.delay, self.waiting[-1][0] if self.waiting else 0)
        self.waiting.append([due, data])

    def due(self, now):
        """The bytes that may be written now."""
        if self.weather.held or not self.waiting or \
                max(self.waiting[0][0], self.not_before) > now:
            return b""
        count = self.weather.bytes_each
        if self.weather.cut_at is not None:
            count = min(count, self.weather.cut_at - self.passed)
        return self.waiting[0][1][:count]

    def wrote(self, count, now):
        self.passed += count
        rest = self.waiting[0][1][count:]
        if rest:
            self.waiting[0][1] = rest
        else:
            del self.waiting[0]
        if self.weather.rate:
            self.not_before = now + count / self.weather.rate

    def is_cut(self):
        return self.weather.cut_at is not None and self.passed >= self.weather.cut_at

    def next_moment(self):
        """When something is due that is not yet; None if nothing is."""
        if self.weather.held or not self.waiting:
            return None
        return max(self.waiting[0][0], self.not_before)


class Link:
    """One connection through the proxy, from the side of the test."""

    def __init__(self, proxy, number, client, server, up, down):
        self.number = number
        self.client, self.server = client, server
        self.up, self.down = Way(client, server, up), Way(server, client, down)
        self.is_over = False
        self._proxy = proxy

    def passed(self):
        """How many bytes have been written, to the server and to the client."""
        with self._proxy.lock:
            return self.up.passed, self.down.passed

    def change(self, way, **weather):
        """Another weather on `"up"`, `"down"` or `"both"` ways, from now on."""
        with self._proxy.lock:
            for each in (self.up, self.down) if way == "both" else (getattr(self, way),):
                for name, value in weather.items():
                    setattr(each.weather, name, value)
        self._proxy.wake()

    def cut_after(self, way, count):
        """It ends, by RST, once so many more bytes have passed on `"up"` or `"down"`."""
        self.change(way, cut_at=self.passed()[way == "down"] + count)

    def reset(self, *ends):
        """Both ends see an RST, or only `"client"` or `"server"`; the other sees nothing."""
        self._proxy.end(self, ends or ("client", "server"))

    def half_close(self, end):
        """The client or the server sees a FIN; the other way goes on."""
        with self._proxy.lock:
            (self.server if end == "server" else self.client).shutdown(socket.SHUT_WR)


class ChaosProxy:
    """Listens on a port of its own; each new connection has the weather that `expect` told last.

    It stands for a server wherever a client is given one: `websocket_address`, `tcp_address`.
    """

    def __init__(self, address):
        self.lock = threading.Condition(threading.RLock())
        self.links = []
        self._live = []  # Those that are not over.
        self._target = address
        self._weather = ({}, {})
        self.unix_path = None
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.websocket_address = self.tcp_address = self._listener.getsockname()
        self._selector = selectors.DefaultSelector()
        self._waker, self._woken = socket.socketpair()
        for one in (self._listener, self._woken):
            one.setblocking(False)
            self._selector.register(one, selectors.EVENT_READ)
        self._numbers = itertools.count()
        self._is_ending = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._is_ending = True
        self.wake()
        self._thread.join()

    def expect(self, up=None, down=None):
        """The weather of connections that begin from now on, as for `Weather`."""
        with self.lock:
            self._weather = (up or {}, down or {})

    def link(self, number=-1, deadline=None):
        """The connection with that number, once it has begun."""
        deadline = as_deadline(deadline)
        with self.lock:
            while not self.links or number >= len(self.links):
                deadline.check("a connection to the proxy")
                self.lock.wait(deadline.remaining())
            return self.links[number]

    def until(self, holds, deadline=None):
        """Waits until `holds()`, which is asked whenever bytes have passed or a link has ended."""
        deadline = as_deadline(deadline)
        with self.lock:
            while not holds():
                deadline.check("what was to pass through the proxy")
                self.lock.wait(deadline.remaining())

    def wake(self):
        self._waker.send(b"!")

    def end(self, link, ends):
        """Ends both sockets: by RST for those ends that are named, the rest hear nothing."""
        with self.lock:
            if not link.is_over:
                self._end(link, ends)
        self.wake()

    # ---- the thread ----

    def _run(self):
        while not self._is_ending:
            ready = {key.fileobj for key, _ in self._selector.select(self._patience())}
            with self.lock:
                if self._woken in ready:
                    self._woken.recv(1 << 12)
                if self._listener in ready:
                    self._begin()
                for link in list(self._live):
                    self._serve(link, ready)
                self._watch()
                self.lock.notify_all()
        self._close()

    def _patience(self):
        """How long until something that was held back is due."""
        with self.lock:
            moments = [way.next_moment() for link in self._live for way in (link.up, link.down)]
        moments = [moment for moment in moments if moment is not None]
        return max(0, min(moments) - time.monotonic()) if moments else None

    def _begin(self):
        client, _ = self._listener.accept()
        server = socket.create_connection(self._target, timeout=10)
        for one in (client, server):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            one.setblocking(False)
        up, down = self._weather
        link = Link(self, next(self._numbers), client, server, Weather(**up), Weather(**down))
        self.links.append(link)
        self._live.append(link)

    def _serve(self, link, ready):
        for way in (link.up, link.down):
            if not link.is_over and way.source in ready:
                self._read(link, way)
            while not link.is_over and self._write(link, way):
                pass

    def _read(self, link, way):
        try:
            data = way.source.recv(CHUNK_BYTES)
        except BlockingIOError:
            return
        except OSError:
            return self._end(link, ("client", "server"))  # What one end does, the other sees.
        if not data:
            way.has_ended = True
            way.take(b"", time.monotonic())
        elif not way.weather.lost:
            way.take(data, time.monotonic())

    def _write(self, link, way):
        """Writes what is due; whether there may be more."""
        now = time.monotonic()
        if way.is_cut():
            self._end(link, ("client", "server"))
            return False
        data = way.due(now)
        moment = way.next_moment()
        if moment is None or moment > now:
            return False
        try:
            if data:
                count = way.target.send(data)
            else:
                count = 0
                way.target.shutdown(socket.SHUT_WR)
        except BlockingIOError:
            way.not_before = now + 0.001  # Its buffer is full.
            return False
        except OSError:
            self._end(link, ("client", "server"))
            return False
        way.wrote(count, now)
        if link.up.has_ended and link.down.has_ended and not (link.up.waiting or link.down.waiting):
            self._end(link, ())
        return True

    def _watch(self):
        """Reads only where something may pass: what is held back is held back at its source."""
        wanted = {way.source for link in self._live for way in (link.up, link.down)
                  if not way.has_ended and not way.weather.held and len(way.waiting) < 64}
        watched = {key.fileobj for key in self._selector.get_map().values()}
        for one in watched - wanted - {self._listener, self._woken}:
            self._selector.unregister(one)
        for one in wanted - watched:
            self._selector.register(one, selectors.EVENT_READ)

    def _end(self, link, resets):
        link.is_over = True
        self._live.remove(link)
        for name in ("client", "server"):
            one = getattr(link, name)
            if one in {key.fileobj for key in self._selector.get_map().values()}:
                self._selector.unregister(one)
            if name in resets:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
            if name in resets or not resets:
                one.close()

    def _close(self):
        for link in self.links:
            if not link.is_over:
                self._end(link, ("client", "server"))
            for one in (link.client, link.server):
                one.close()
        for one in (self._listener, self._waker, self._woken):
            one.close()
        self._selector.close()
