"""The servers that are compared, and how each is started: on loopback, on a free port, in a folder
of its own."""

import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Callable

from comparing.building import etcd_load, installed, syndicate_server

START_SECONDS = 60
DATA = "avow.db"  # In the folder of a server of ours.


# A dataspace that clients reach by the development reference.
SYNDICATE_SETTINGS = """
let ?root_ds = dataspace
<require-service <relay-listener <tcp "127.0.0.1" PORT> $gatekeeper>>
<bind <ref { oid: "syndicate" key: #x"" }> $root_ds #f>
"""


@dataclass(frozen=True)
class Contender:
    """A server (or a bare limit, which is its own load), and how it is loaded."""

    name: str
    peer: str  # What `--peer` calls it; "" for what is ours.
    driver: str  # What bench/sockets calls it; "" if it has a program of its own.
    start: Callable = None  # (build, folder, port) -> command; None: there is no server.
    ready: str = ""  # A line that it prints when it is ready; a group in it is its port.
    load: Callable = None  # (build, words) -> command, for those without a driver.
    part: float = 1.0  # Of the sizes of a workload that it is given, where it is much slower.

    @property
    def is_ours(self):
        return self.peer == ""


@dataclass(frozen=True)
class Running:
    pid: int
    port: int
    folder: Path
    stop: Callable  # Ends it as an operator would, and waits for that.


def _avowd(*places):
    def start(build, folder, _port):
        return [str(build / "avowd"), *places, "--listen", "127.0.0.1:0"]
    return start


def _avowd_durable(build, folder, _port):
    return [str(build / "avowd"), "--data", str(folder / DATA), "--listen", "127.0.0.1:0"]


def _redis(*more):
    def start(_build, folder, port):
        return [installed("redis-server", "redis-server"), "--port", str(port), "--bind",
                "127.0.0.1", "--save", "", "--dir", str(folder), "--maxclients", "60000",
                "--client-output-buffer-limit", "pubsub 0 0 0", *more]
    return start


def _nats(_build, folder, port):
    # Nobody answers the pings of the server.
    settings = folder / "nats.conf"
    settings.write_text('ping_interval: "1h"\nmax_pending: 256MB\nmax_connections: 60000\n')
    return [installed("nats-server", "nats-server"), "-a", "127.0.0.1", "-p", str(port), "-c",
            str(settings)]


def _jetstream(build, folder, port):
    return [*_nats(build, folder, port), "-js", "-sd", str(folder / "jetstream")]


def _etcd(_build, folder, port):
    here, peers = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{free_port()}"
    return [installed("etcd", "etcd-server"), "--name", "n", "--data-dir", str(folder / "etcd"),
            "--listen-client-urls", here, "--advertise-client-urls", here,
            "--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers,
            "--initial-cluster", f"n={peers}", "--max-txn-ops", "1000",
            "--quota-backend-bytes", "8000000000"]


def _beast(build, _folder, _port):
    return [str(build / "bench" / "plain_beast")]


def _syndicate_server(_build, folder, port):
    settings = folder / "syndicate.pr"
    settings.write_text(SYNDICATE_SETTINGS.replace("PORT", str(port)))
    return [str(syndicate_server()), "--no-banner", "-c", str(settings)]


def _tails(build, words):
    return [sys.executable, str(Path(__file__).parent / "tails.py"), str(build), *words]


NATIVE = Contender("avowd, native frames", "", "native", _avowd("--memory"),
                   r"ws://127\.0\.0\.1:(\d+)")
SYNDICATE = Contender("avowd, Syndicate over TCP", "", "syndicate",
                      _avowd("--memory", "--tcp", "127.0.0.1:0"), r"tcp://127\.0\.0\.1:(\d+)")
SPINNING = replace(NATIVE, name="avowd, native frames, --spin 200",
                   start=_avowd("--memory", "--spin", "200"))
SPINNING_SYNDICATE = replace(
    SYNDICATE, name="avowd, Syndicate over TCP, --spin 200",
    start=_avowd("--memory", "--spin", "200", "--tcp", "127.0.0.1:0"))
DURABLE = Contender("avowd, durable", "", "native", _avowd_durable, r"ws://127\.0\.0\.1:(\d+)")
TAILS = replace(DURABLE, driver="", load=_tails)
REDIS = Contender("redis-server", "redis", "redis", _redis("--appendonly", "no"),
                  "Ready to accept connections")
REDIS_ALWAYS = Contender("redis-server, appendfsync always", "redis", "redis",
                         _redis("--appendonly", "yes", "--appendfsync", "always"),
                         "Ready to accept connections")
REDIS_LOG = Contender("redis-server, append-only file", "redis", "redis",
                      _redis("--appendonly", "yes", "--auto-aof-rewrite-percentage", "0"),
                      "Ready to accept connections")
# It looks at every pattern for every message, and takes as long for a part as others for the whole.
REDIS_PATTERNS = replace(REDIS, name="redis-server, patterns", part=1 / 50)
NATS = Contender("nats-server", "nats", "nats", _nats, "Server is ready")
JETSTREAM = Contender("nats-server, JetStream in memory", "nats", "jetstream", _jetstream,
                      "Server is ready")
ETCD = Contender("etcd", "etcd", "", _etcd, "ready to serve client requests",
                 lambda build, words: [str(etcd_load(build)), *words])
SYNDICATE_SERVER = Contender("syndicate-server", "syndicate", "syndicate", _syndicate_server,
                             r"\blistening\b")
BEAST = Contender("limit: plain Beast", "limit", "beast", _beast, r"^(\d+)$")
BARE_TCP = Contender("limit: loopback TCP", "limit", "",
                     load=lambda build, words: [str(build / "bench" / "bare_tcp"), *words])
BARE_SQLITE = Contender("limit: bare SQLite, group commit", "limit", "",
                        load=lambda build, words: [str(build / "bench" / "bare_durable"), *words])


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@contextmanager
def running(contender, build):
    """A server of its own, ended afterwards."""
    if contender.start is None:
        yield Running(0, 0, Path(), lambda: None)
        return
    with folder_below(build) as folder, started(contender, build, folder) as server:
        yield server


@contextmanager
def folder_below(build):
    """A new folder on the disk of the build."""
    with tempfile.TemporaryDirectory(dir=build, prefix="compare-") as folder:
        yield Path(folder)


@contextmanager
def started(contender, build, folder):
    """A server with its data in that folder, ended afterwards."""
    port = free_port()
    command = contender.start(build, folder, port)
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, errors="replace")

    def stop():
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=START_SECONDS)

    try:
        yield Running(process.pid, _port_when_ready(contender, process, port), folder, stop)
    finally:
        if contender.is_ours:  # One that counts (tests/bench/profile) writes it down at its end.
            with suppress(subprocess.TimeoutExpired):
                stop()
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()


def _port_when_ready(contender, process, port):
    signal.signal(signal.SIGALRM, lambda *_: process.kill())
    signal.alarm(START_SECONDS)
    said = []
    for line in process.stdout:
        said.append(line)
        found = re.search(contender.ready, line)
        if found:
            signal.alarm(0)
            _read_away(process)
            return int(found.group(1)) if found.groups() else port
    signal.alarm(0)
    raise RuntimeError(f"{contender.name} did not come up:\n{''.join(said[-10:])}")


def _read_away(process):
    """What it says from now on goes nowhere, and must not fill the pipe."""
    threading.Thread(target=lambda: [None for _ in process.stdout], daemon=True).start()
