"""`avow take`: an item is consumed once it was printed, or once a command has done its work."""

import json

from support.json_client import JsonClient


def items(command):
    """What is there, taken one after another."""
    found = []
    while (done := command.run("take", "<job _>")).returncode == 0:
        found.append(done.stdout.strip())
    return found


def test_an_item_is_printed_and_gone(command):
    command.run("put", "--item", "<job 1>", "<job 2>")

    done = command.run("take", "<job $n>")

    assert (done.returncode, done.stdout) == (0, "<job 1>\n")
    assert items(command) == ["<job 2>"]


def test_nothing_to_take_is_status_one_and_in_vain_waited_is_five(command):
    assert command.run("take", "<job _>").returncode == 1
    waited = command.run("take", "--timeout", "50ms", "<job _>")

    assert waited.returncode == 5
    assert "<job _>" in waited.stderr and waited.stdout == ""


def test_a_take_waits_as_long_as_told(server, command):
    with JsonClient(server) as client:
        client.observe("<Observe _ _>")
        waiting = command.start("take", "--timeout", "1m", "<job $n>")
        client.until(lambda event: event["op"] == "add")
        client.commit({"item": "<job 1>"})

    assert waiting.out.next() == "<job 1>"
    assert waiting.status() == 0


def test_a_command_that_succeeds_consumes_the_item(command):
    command.run("put", "--item", "<job 1>")

    done = command.run("take", "<job _>", "--", "sh", "-c", 'echo "did $AVOW_ITEM"')

    assert (done.returncode, done.stdout) == (0, "<job 1>\ndid <job 1>\n")
    assert items(command) == []


def test_a_command_that_fails_gives_it_back_to_its_place_and_its_status_counts(command):
    command.run("put", "--item", "<job 1>", "<job 2>")

    done = command.run("take", "<job _>", "--", "sh", "-c", "exit 7")

    assert done.returncode == 7
    assert items(command) == ["<job 1>", "<job 2>"]


def test_while_a_command_works_nobody_else_gets_the_item(command, avow):
    command.run("put", "--item", "<job 1>")

    done = command.run("take", "<job _>", "--", avow, "take", "<job _>")

    assert done.returncode == 1
    assert items(command) == ["<job 1>"]


def test_with_ack_it_is_consumed_whatever_the_command_does(command):
    command.run("put", "--item", "<job 1>")

    assert command.run("take", "--ack", "<job _>", "--", "false").returncode == 1

    assert items(command) == []


def test_an_interrupt_gives_it_back(command):
    command.run("put", "--item", "<job 1>")
    working = command.start("take", "<job _>", "--", "sleep", "60")
    assert working.out.next() == "<job 1>"

    working.interrupt()

    assert working.status() == 130
    assert items(command) == ["<job 1>"]


def test_it_is_shown_as_captures_or_json_where_asked_to(command):
    command.run("put", "--item", "<job 1>", "<job 2>")

    assert command.run("take", "--captures", "<job $n>").stdout == "{n: 1}\n"
    answer = json.loads(command.run("take", "--json", "<job $n>").stdout)
    assert answer["op"] == "ok"
    (result,) = answer["results"]
    assert (result["value"], result["captures"]) == ({"<job>": [2]}, {"n": 2})
