"""What is seen of a server from outside its protocols: its metrics, memory and open files."""

import http.client
import os
import re
from pathlib import Path


def metric(server, name):
    """The sum of a metric over all of its labels."""
    connection = http.client.HTTPConnection(*server.websocket_address, timeout=20)
    try:
        connection.request("GET", "/metrics")
        text = connection.getresponse().read().decode()
    finally:
        connection.close()
    samples = re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)$", text, re.MULTILINE)
    assert samples, f"there is no metric {name}"
    return sum(map(float, samples))


def memory(server, kind="VmRSS"):
    """What the server has in memory, or has had at most (`VmHWM`), in bytes."""
    status = Path(f"/proc/{server.pid}/status").read_text()
    return int(re.search(rf"^{kind}:\s*(\d+) kB$", status, re.MULTILINE)[1]) * 1024


def open_files(server):
    """How many files, connections among them, the server has open."""
    return len(os.listdir(f"/proc/{server.pid}/fd"))


def open_sockets(server):
    """How many of them are sockets: a thread that begins opens some file for a moment."""
    return sum(is_socket(file) for file in Path(f"/proc/{server.pid}/fd").iterdir())


def is_socket(file):
    try:
        return os.readlink(file).startswith("socket:")
    except FileNotFoundError:  # It was closed meanwhile.
        return False
