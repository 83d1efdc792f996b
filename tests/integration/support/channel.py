"""A socket with deadlines: bytes out, bytes in, and the end of both."""

import socket
import struct

from support.deadline import Late, as_deadline


class Channel:
    """A connected stream socket. It owns the socket."""

    def __init__(self, connected):
        self._socket = connected

    @classmethod
    def tcp(cls, address):
        connected = socket.create_connection(address, timeout=10)
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return cls(connected)

    @classmethod
    def unix(cls, path):
        connected = socket.socket(socket.AF_UNIX)
        connected.settimeout(10)
        connected.connect(path)
        return cls(connected)

    def fileno(self):
        return self._socket.fileno()

    def send(self, data):
        self._socket.settimeout(10)
        self._socket.sendall(data)

    def send_bytewise(self, data):
        """Sends each byte in a write of its own."""
        for at in range(len(data)):
            self.send(data[at:at + 1])

    def receive(self, deadline=None):
        """Some bytes, or b"" once the server has ended the stream, by a reset too."""
        self._socket.settimeout(max(0.001, as_deadline(deadline).remaining()))
        try:
            return self._socket.recv(1 << 16)
        except (ConnectionResetError, BrokenPipeError):
            return b""
        except socket.timeout:
            raise Late("no bytes came from the server") from None

    def receive_all(self, deadline=None):
        """All bytes up to the end of the stream."""
        deadline = as_deadline(deadline)
        received = b""
        while chunk := self.receive(deadline):
            received += chunk
        return received

    def end_sending(self):
        """Says that nothing more will be sent; the server's answers may still come."""
        try:
            self._socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # The server was quicker.

    def reset(self):
        """Ends the connection by RST instead of FIN."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    def close(self):
        self._socket.close()
