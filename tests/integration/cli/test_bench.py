"""`avow bench`: every workload counts what arrived, and what is lost or doubled is a failure."""

import json
import os
import signal
import socket

import pytest

from support.frame_proxy import FrameProxy
from support.server import Server
from support.stranger import Stranger

# For each workload a small run, and how many things arrive in it.
WORKLOADS = {
    "stream": (["--count", "1000", "--batch", "10", "--pack", "2", "--window", "100"], 1000),
    "fanout": (["--connections", "5", "--count", "200"], 5 * 200),
    "select": (["--facts", "50", "--connections", "3", "--count", "640"], 640),
    "latency": (["--count", "50"], 50),
    "churn": (["--facts", "100", "--batch", "20", "--count", "1000"], 1000),
    "snapshot": (["--facts", "3000", "--count", "2"], 2 * 3000),
    "durable": (["--connections", "3", "--count", "20"], 20),
    "idle": (["--connections", "10"], 10),
    "mass-end": (["--connections", "5", "--facts", "20"], 5 * 20),
}
WITH_DELAYS = {"stream", "fanout", "select", "latency", "churn", "snapshot", "durable"}
ALL = "<bench $run $key $number $text>"


@pytest.mark.parametrize("name", WORKLOADS)
def test_a_workload_counts_what_arrived_and_leaves_nothing_behind(command, name):
    flags, expected = WORKLOADS[name]

    done = command.run("bench", name, "--size", "20", *flags, "--json")

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["workload"] == name
    assert told["count"] == expected
    assert told["seconds"] > 0 and told["per_second"] > 0
    assert told["settings"]["size"] == 20
    assert told["driver"]["busy"] >= 0
    assert ("writes_per_second" in told["driver"]) == ("batch" in told["settings"] and
                                                       told["settings"]["batch"] > 0)
    assert command.run("wait", "--gone", ALL, "--timeout", "10s").returncode == 0


@pytest.mark.parametrize("name", sorted(WITH_DELAYS))
def test_percentiles_rise(command, name):
    told = json.loads(command.run("bench", name, *WORKLOADS[name][0], "--json").stdout)

    delays = [told["delay_us"][each] for each in ("p50", "p90", "p99", "p99.9", "p99.99", "max")]
    assert delays[0] > 0
    assert delays == sorted(delays)


def test_a_run_may_be_limited_by_time(command):
    told = json.loads(command.run("bench", "latency", "--for", "200ms", "--json").stdout)

    assert told["count"] > 0
    assert told["seconds"] >= 0.2


def test_a_rate_is_kept(command):
    told = json.loads(command.run("bench", "stream", "--batch", "1", "--rate", "500", "--count",
                                  "100", "--json").stdout)

    assert told["count"] == 100
    assert told["settings"]["rate"] == 500
    assert told["seconds"] >= 99 / 500


@pytest.mark.parametrize("flags, sentence", [
    (["stream", "--rate", "10"], "at least one frame a second"),
    (["churn", "--rate", "10"], "no --rate"),
    (["stream", "--rate", "0"], "not in range"),
    (["stream", "--rate", "-1"], "not in range"),
    (["stream", "--rate", "many"], "--rate"),
])
def test_a_rate_that_cannot_be_kept_is_refused(command, flags, sentence):
    done = command.run("bench", *flags)

    assert done.returncode == 2
    assert sentence in done.stderr


def test_a_snapshot_tells_of_its_first_and_last_byte(command):
    told = json.loads(command.run("bench", "snapshot", "--facts", "5000", "--count", "1",
                                  "--json").stdout)

    assert 0 < told["first_byte_ms"] <= told["last_byte_ms"]


def test_words_name_rate_percentiles_and_the_limit_of_the_driver(command):
    done = command.run("bench", "stream", *WORKLOADS["stream"][0])

    assert done.returncode == 0
    assert "1,000 deliveries" in done.stdout
    assert "p99.99" in done.stdout
    assert "without a server" in done.stdout
    assert done.stderr == ""


def test_without_a_workload_there_is_a_little_of_each(command):
    running = command.start("bench", "--json")

    told = json.loads(running.out.until(lambda line: line.startswith("{"), 60)[-1])

    assert [each["workload"] for each in told["results"]] == [*WORKLOADS]
    assert all(each["count"] > 0 for each in told["results"])
    assert running.status() == 0


def test_durable_writes_are_kept_on_a_disk_and_dropped_again(command, avowd, tmp_path):
    server = Server(avowd, data=tmp_path / "data")

    done = command.run("bench", "durable", *WORKLOADS["durable"][0], AVOW_URL=server.url)
    left = command.run("query", ALL, AVOW_URL=server.url)

    assert done.returncode == 0, done.stderr
    assert "memory" not in done.stdout
    assert left.stdout == ""
    server.stop()


def test_a_space_by_name_is_loaded_and_no_other(command):
    watching = command.watch(ALL)

    done = command.run("bench", "stream", *WORKLOADS["stream"][0], AVOW_SPACE="elsewhere")
    command.run("send", "<bench 1 2 3 4>")

    assert done.returncode == 0
    assert "<bench 1 2 3 4>" in watching.out.next()


# The first connection is the subscriber's; its frames before the tenth are those of the beginning.
DRIPPING = ["--count", "3000", "--batch", "1", "--window", "4", "--patience", "1s"]


def test_a_lost_delivery_is_a_failure(command, server):
    with FrameProxy(server, lambda link, number: 0 if (link, number) == (0, 30) else 1) as proxy:
        done = command.run("bench", "stream", *DRIPPING, AVOW_URL=proxy.url)

    assert done.returncode == 1
    assert "lost" in done.stderr or "did not come" in done.stderr
    assert "none lost" not in done.stdout


def test_a_delivery_that_comes_twice_is_a_failure(command, server):
    with FrameProxy(server, lambda link, number: 2 if (link, number) == (0, 30) else 1) as proxy:
        done = command.run("bench", "stream", *DRIPPING, AVOW_URL=proxy.url)

    assert done.returncode == 1
    assert "twice" in done.stderr


def test_what_is_missing_at_the_end_is_a_failure(command, server):
    with FrameProxy(server, lambda link, number: link != 0 or number < 30) as proxy:
        done = command.run("bench", "stream", *DRIPPING, AVOW_URL=proxy.url)

    assert done.returncode == 1
    assert "did not come" in done.stderr


@pytest.mark.parametrize("times", [0, 2])
def test_a_change_that_is_lost_or_doubled_is_a_failure(command, server, times):
    # The publisher is first, the watcher second.
    def change(link, number):
        return times if (link, number) == (1, 20) else 1

    with FrameProxy(server, change) as proxy:
        done = command.run("bench", "churn", "--facts", "10", "--batch", "2", "--window", "2",
                           "--count", "2000", "--patience", "1s", AVOW_URL=proxy.url)

    assert done.returncode == 1
    assert "lost" in done.stderr or "twice" in done.stderr or "not told" in done.stderr


def test_a_server_that_goes_away_is_a_failure(command, avowd):
    server = Server(avowd)
    listening = command.start("watch", ALL, "--count", "1", AVOW_URL=server.url)
    loading = command.start("bench", "stream", "--for", "1h", AVOW_URL=server.url)

    listening.status()
    server.kill()

    assert loading.status() in (1, 3)
    assert loading.err.until(lambda line: "stream:" in line)
    assert any("until it ended early" in line for line in loading.out.rest())


def test_an_interrupt_ends_the_run_and_tells_what_was_measured(command):
    listening = command.start("watch", ALL, "--count", "1")
    loading = command.start("bench", "stream", "--for", "1h", "--json")

    listening.status()
    loading.interrupt()

    assert json.loads(loading.out.next())["count"] > 0
    assert loading.status() == 128 + signal.SIGINT


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_of_durable_writes_leaves_nothing_behind(command, avowd, tmp_path,
                                                                    number):
    server = Server(avowd, data=tmp_path / "data")
    listening = command.start("watch", ALL, "--count", "1", AVOW_URL=server.url)
    loading = command.start("bench", "durable", "--connections", "4", "--for", "1h",
                            AVOW_URL=server.url)

    listening.status()
    loading.signal(number)

    assert loading.status() == 128 + number
    assert "commits" in loading.out.next()
    assert loading.err.until(lambda line: "Interrupted" in line)
    assert command.run("query", ALL, AVOW_URL=server.url).stdout == ""
    server.stop()


def test_an_interrupt_while_a_run_is_set_up_ends_it(command):
    listening = command.start("watch", ALL, "--count", "1")
    loading = command.start("bench", "snapshot", "--facts", "10000000")

    listening.status()
    loading.interrupt()

    assert loading.status() == 128 + signal.SIGINT
    assert loading.err.until(lambda line: "Interrupted" in line)
    assert command.run("wait", "--gone", ALL, "--timeout", "10s").returncode == 0


def test_an_interrupt_between_the_rounds_of_a_snapshot_ends_it(command):
    loading = command.start("bench", "snapshot", "--facts", "100", "--count", "1000000000",
                            "--json")
    watching = command.start("watch", "--all", "<Observe $ $>", "--count", "20")

    watching.status()
    loading.interrupt()

    assert loading.status() == 128 + signal.SIGINT
    assert json.loads(loading.out.next())["count"] > 0


def _sentence(done):
    """The one line that a failed run ends with."""
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("avow: ")
    return lines[0]


def test_where_nobody_listens_it_says_so(command):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    done = command.run("bench", "stream", AVOW_URL=f"ws://127.0.0.1:{port}")

    assert done.returncode == 3
    assert f"Nobody answers at ws://127.0.0.1:{port}" in _sentence(done)
    assert done.stdout == ""


PAGE = b"HTTP/1.1 404 Not Found\r\nContent-Length: 30\r\n\r\nThere is nothing.\n<html></html>"


@pytest.mark.parametrize("answer, named", [
    (b"-ERR unknown command\r\n", "does not answer as a WebSocket server"),
    (PAGE, "There is nothing."),
    (b"", "does not answer as a WebSocket server"),
])
def test_a_server_of_another_protocol_is_named_as_one(command, answer, named):
    with Stranger(answer) as stranger:
        done = command.run("bench", "stream", AVOW_URL=stranger.url)

    assert done.returncode == 3
    assert named in _sentence(done)
    assert "html" not in done.stderr
    assert done.stdout == ""


def test_a_server_that_accepts_and_is_silent_is_given_up(command):
    with Stranger(None) as stranger:
        done = command.run("bench", "stream", "--patience", "1s", AVOW_URL=stranger.url)

    assert done.returncode == 1
    assert "silent" in _sentence(done)


def test_too_few_descriptors_of_its_own_are_named_before_it_connects(command):
    done = command.run("bench", "idle", "--connections", "1000", under=["prlimit", "--nofile=200"])

    assert done.returncode == 1
    assert "1032 descriptors" in _sentence(done) and "ulimit -n" in done.stderr


# The undefined-behaviour sanitizer looks at memory through a pipe, and takes every object for a
# broken one where there is no descriptor left for it.
@pytest.mark.skipif(bool(os.environ.get("AVOW_TEST_SANITIZED")), reason="needs descriptors itself")
def test_too_few_descriptors_of_the_server_are_guessed(command, avowd):
    server = Server(avowd, under=["prlimit", "--nofile=60"])

    done = command.run("bench", "idle", "--connections", "100", "--patience", "1s",
                       AVOW_URL=server.url)

    assert done.returncode == 1
    assert "may have too few descriptors" in _sentence(done)
    server.stop()


def test_a_server_elsewhere_is_not_loaded_by_mistake(command):
    done = command.run("bench", "stream", AVOW_URL="ws://192.0.2.1:7370")

    assert done.returncode == 2
    assert "--yes-load-that-server" in _sentence(done)


def test_the_server_tells_what_memory_idle_connections_take(command):
    told = json.loads(command.run("bench", "idle", "--connections", "300", "--json").stdout)

    assert told["server_memory_each_bytes"] > 500


@pytest.mark.parametrize("words, named", [
    (["strem"], "strem"),
    (["stream", "--facts", "5"], "--facts"),
    (["idle", "--for", "5s"], "--for"),
    (["churn", "--batch", "7"], "--batch"),
    (["stream", "--size", "500000"], "--size"),
    (["latency", "--count", "0"], "--count"),
])
def test_what_a_workload_does_not_have_is_wrong_usage(command, words, named):
    done = command.run("bench", *words)

    assert done.returncode == 2
    assert named in done.stderr


def test_the_help_tells_of_every_workload(command):
    told = command.run("bench", "--help")

    assert told.returncode == 0
    for name in WORKLOADS:
        assert name in told.stdout
