"""What every command of `avow` has in common: statuses, and words when something is wrong."""

import socket

import pytest

COMMANDS = {"watch": ["<n $n>"], "publish": ["<n 1>"], "query": ["<n $n>"], "wait": ["<n $n>"],
            "send": ["<n 1>"], "put": ["<n 1>"], "drop": ["<n 1>"], "take": ["<n $n>"],
            "export": [], "import": [], "status": [], "bench": []}


@pytest.mark.parametrize("name", COMMANDS)
def test_without_a_server_the_status_is_three_and_the_url_is_named(command, name):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"ws://127.0.0.1:{nobody.getsockname()[1]}"

        done = command.run(name, *COMMANDS[name], AVOW_URL=url)

    assert done.returncode == 3
    assert url in done.stderr or url.removeprefix("ws://") in done.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_an_unknown_flag_is_wrong_usage(command, name):
    done = command.run(name, "--no-such-flag", *COMMANDS[name])

    assert done.returncode == 2
    assert "--no-such-flag" in done.stderr


def test_an_unknown_command_is_wrong_usage(command):
    done = command.run("wach")

    assert done.returncode == 2
    assert "wach" in done.stderr


@pytest.mark.parametrize("name", ["watch", "query", "wait", "take", "export"])
def test_a_pattern_that_does_not_parse_is_wrong_usage(command, name):
    done = command.run(name, "<n $")

    assert done.returncode == 2
    assert done.stderr.strip()


def test_a_refused_reference_is_status_one(command):
    wrong = '<ref {oid: "syndicate" sig: #x"00000000000000000000000000000000"}>'

    done = command.run("query", "<n $n>", AVOW_CAP=wrong)

    assert done.returncode == 1
    assert done.stderr.strip()


def test_help_and_version_succeed(command):
    assert command.run("--version").stdout.strip()
    helped = command.run("--help")
    assert helped.returncode == 0
    for name in (*COMMANDS, "serve", "raw", "cap"):
        assert name in helped.stdout


def test_the_url_flag_is_stronger_than_the_environment(command, server):
    done = command.run("query", "--url", server.url, "<n $n>", AVOW_URL="ws://127.0.0.1:1")

    assert done.returncode == 0
