"""A server of some other protocol: it answers whatever is said with one thing, and hangs up."""

import socket
import threading


class Stranger:
    """`answer` is what it says; with None it never says anything, and does not hang up."""

    def __init__(self, answer):
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        host, port = self._listener.getsockname()
        self.url = f"ws://{host}:{port}"
        self._silent = []
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._listener.shutdown(socket.SHUT_RDWR)
        for one in (self._listener, *self._silent):
            one.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self._answer is None:
                self._silent.append(client)
                continue
            with client:
                client.recv(1 << 16)
                client.sendall(self._answer)
