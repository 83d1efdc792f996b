"""A running `avowd` of a test's own, and how it must come up and end."""

import os
import re
import signal
import subprocess
import tempfile
from pathlib import Path

from support.deadline import Deadline
from support.lines import LineReader

LISTENING = re.compile(r"^listening (?:(ws|tcp)://(\[[^\]]+\]|[^:/]+):(\d+)/?|unix:(.+))$")
SANITIZER = re.compile(
    r"ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|runtime error:|SUMMARY: \w+Sanitizer")

DEVELOPMENT_REFERENCE = '<ref {oid: "syndicate" sig: #x"69ca300c1dbfa08fba692102dd82311a"}>'


class Server:
    """One `avowd` process with a WebSocket, a TCP and a Unix listener.

    It keeps nothing unless `data` names a file. `under` is a command that runs it, and
    `environment` what is added to ours for it.
    """

    def __init__(self, program, *flags, data=None, under=(), environment=None):
        self._folder = tempfile.TemporaryDirectory(prefix="avow-")
        self.unix_path = str(Path(self._folder.name) / "socket")
        self._stderr_path = Path(self._folder.name) / "stderr"
        place = ["--memory"] if data is None else ["--data", str(data)]
        self._start([*under, program, "--listen", "127.0.0.1:0", "--tcp", "127.0.0.1:0",
                     "--unix", self.unix_path, *place, *flags], environment)

    def _start(self, command, environment):
        with open(self._stderr_path, "wb") as stderr:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr,
                env={**os.environ, **(environment or {})})
        self._lines = LineReader(self._process.stdout)
        try:
            self._read_addresses()
        except AssertionError as problem:
            self._process.kill()
            raise AssertionError(f"avowd did not come up: {problem}\n{self.stderr()}") from None

    def _read_addresses(self):
        deadline = Deadline(30)
        self.websocket_address = self.tcp_address = None
        unix = None
        while not (self.websocket_address and self.tcp_address and unix):
            line = self._lines.next(deadline)
            assert line is not None, "its output ended before all listeners were named"
            kind, host, port, path = _listener(line)
            if kind == "ws":
                self.websocket_address = (host, port)
            elif kind == "tcp":
                self.tcp_address = (host, port)
            elif path:
                unix = path
        assert unix == self.unix_path, f"it listens at {unix}, not at {self.unix_path}"

    @property
    def url(self):
        """The WebSocket URL, as `AVOW_URL` wants it."""
        host, port = self.websocket_address
        return f"ws://{host}:{port}"

    @property
    def pid(self):
        return self._process.pid

    def running(self):
        return self._process.poll() is None

    def stderr(self):
        """What the server has said on stderr so far."""
        return self._stderr_path.read_text(errors="replace")

    def stop(self):
        """Ends the server as an operator would, and checks that it ends well."""
        try:
            self._process.send_signal(signal.SIGTERM)
            status = self._process.wait(timeout=20)
            said = self.stderr()
        finally:
            self._discard()
        assert not SANITIZER.search(said), f"a sanitizer complained:\n{said}"
        assert status == 0, f"avowd ended with status {status}:\n{said}"

    def kill(self):
        """Ends the server at once, as a crash would."""
        self._discard()

    def signal(self, name):
        """Sends the process a signal (`"STOP"`), and waits for nothing."""
        self._process.send_signal(signal.Signals["SIG" + name])

    def wait_ended(self):
        """Waits until the server has ended by itself; returns its status and what it said."""
        status = self._process.wait(timeout=30)
        said = self.stderr()
        self._discard()
        return status, said

    def _discard(self):
        self._process.kill()
        self._process.wait()
        self._lines.close()
        self._folder.cleanup()


def _listener(line):
    """Kind, host, port and path of a `listening …` line; all None for any other line."""
    found = LISTENING.match(line)
    if not found:
        return None, None, None, None
    kind, host, port, path = found.groups()
    return kind, host and host.strip("[]"), port and int(port), path
