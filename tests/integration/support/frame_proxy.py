"""A proxy in front of a server that loses or doubles WebSocket frames on their way to clients.

What it does to a connection is told by a function: `change(connection, number)` is asked for each
frame, both counted from 0, and answers how often it is passed on.
"""

import socket
import threading


class FrameProxy:
    """Stands for a server wherever a client is given one."""

    def __init__(self, server, change):
        self._upstream = server.websocket_address
        self._change = change
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        host, port = self._listener.getsockname()
        self.url = f"ws://{host}:{port}"
        self._sockets = []
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for one in (self._listener, *self._sockets):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # It is over already.
            one.close()

    def _accept(self):
        connection = 0
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(self._upstream)
            self._sockets += [client, server]
            for work in (lambda: _pass_on(client, server),
                         lambda number=connection: self._pass_frames(server, client, number)):
                threading.Thread(target=_until_it_ends, args=(work, client, server),
                                 daemon=True).start()
            connection += 1

    def _pass_frames(self, server, client, connection):
        stream = server.makefile("rb")
        for line in iter(stream.readline, b""):
            client.sendall(line)
            if line == b"\r\n":
                break
        number = 0
        while frame := _read_frame(stream):
            client.sendall(frame * self._change(connection, number))
            number += 1


def _until_it_ends(work, *sockets):
    try:
        work()
    except OSError:
        pass  # One end has gone, and so the other goes too.
    for one in sockets:
        try:
            one.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def _pass_on(source, target):
    while data := source.recv(1 << 16):
        target.sendall(data)


def _read_frame(stream):
    """One unmasked frame, head and all; nothing at the end."""
    head = stream.read(2)
    if len(head) < 2:
        return b""
    extra = {126: 2, 127: 8}.get(head[1], 0)
    length = stream.read(extra)
    return head + length + stream.read(int.from_bytes(length, "big") if extra else head[1])
