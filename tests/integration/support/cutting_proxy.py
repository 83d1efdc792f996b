"""A TCP proxy between a client and the server that cuts connections after a wanted number of bytes.

Both ends of a connection that is cut are reset, so the server sees a lost connection and no clean
end. One thread moves the bytes of all connections.
"""

import selectors
import socket
import struct
import threading

DOWN, UP = "down", "up"  # From the server to the client; from the client to the server.


class CuttingProxy:
    """Listens at `address`, and passes on to the server's WebSocket listener."""

    def __init__(self, server):
        self._upstream = server.websocket_address
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.websocket_address = self._listener.getsockname()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._waker, self._woken = socket.socketpair()
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._lock = threading.Lock()  # Guards what follows.
        self._pairs = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._waker.send(b"x")
        self._thread.join()
        for one in (self._listener, self._waker, self._woken):
            one.close()

    def cut_after(self, count, direction=DOWN):
        """Cuts the latest connection once `count` more bytes have passed in that direction."""
        with self._lock:
            pair = self._pairs[-1]
            pair.left[direction] = count
            if count == 0:
                pair.cut()

    def cut_no_more(self):
        """Lets pass whatever comes."""
        with self._lock:
            for pair in self._pairs:
                pair.left = {DOWN: None, UP: None}

    def _run(self):
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is self._woken:
                    return self._end()
                if key.fileobj is self._listener:
                    self._accept()
                else:
                    self._move(*key.data)

    def _accept(self):
        client, _ = self._listener.accept()
        pair = _Pair(client, socket.create_connection(self._upstream))
        with self._lock:
            self._pairs.append(pair)
        self._selector.register(pair.client, selectors.EVENT_READ, (pair, UP))
        self._selector.register(pair.server, selectors.EVENT_READ, (pair, DOWN))

    def _move(self, pair, direction):
        with self._lock:
            # Both ends may have been ready at once, and the first have ended it.
            if pair in self._pairs and not pair.move(direction):
                for end in (pair.client, pair.server):
                    self._selector.unregister(end)
                    end.close()
                self._pairs.remove(pair)

    def _end(self):
        for pair in self._pairs:
            pair.client.close()
            pair.server.close()
        self._selector.close()


class _Pair:
    """The two ends of one connection, and how many bytes may still pass."""

    def __init__(self, client, server):
        self.client = client
        self.server = server
        self.left = {DOWN: None, UP: None}
        self._is_cut = False
        for end in (client, server):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def cut(self):
        """Resets both ends. They are closed by the thread that waits for them."""
        self._is_cut = True
        for end in (self.client, self.server):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            try:
                end.shutdown(socket.SHUT_RD)  # Wakes the thread, which closes.
            except OSError:
                pass

    def move(self, direction):
        """Passes on what has come; False once the connection is over."""
        source, sink = (self.server, self.client) if direction == DOWN else \
            (self.client, self.server)
        try:
            data = b"" if self._is_cut else source.recv(1 << 16)
            left = self.left[direction]
            sink.sendall(data if left is None else data[:left])
        except OSError:
            return False
        if left is not None:
            self.left[direction] = left - min(left, len(data))
            if self.left[direction] == 0:
                self.cut()
                return False
        return bool(data)
