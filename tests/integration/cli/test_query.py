"""`avow query`, `avow wait` and `avow send`: once, and then the exit status tells."""

import json
import time

from support.json_client import JsonClient


def test_a_query_prints_bare_values_one_a_line(server, command):
    with JsonClient(server) as client:
        client.publish('<temperature "kitchen" 21.5>')
        client.publish('<temperature "hall" 18.0>')

        done = command.run("query", "<temperature _ _>")

        assert done.returncode == 0
        assert sorted(done.stdout.splitlines()) == \
            ['<temperature "hall" 18.0>', '<temperature "kitchen" 21.5>']


def test_a_query_that_finds_nothing_succeeds_unless_asked_otherwise(command):
    assert command.run("query", "<nothing>").returncode == 0
    assert command.run("query", "-e", "<nothing>").returncode == 1


def test_a_query_that_finds_something_succeeds_with_the_flag_too(server, command):
    with JsonClient(server) as client:
        client.publish("<n 1>")

        assert command.run("query", "-e", "<n _>").returncode == 0


def test_a_query_in_json_prints_the_events(server, command):
    with JsonClient(server) as client:
        client.publish("<n 1>")

        lines = command.run("query", "--json", "<n $n>").stdout.splitlines()

        assert json.loads(lines[0])["fact"] == {"<n>": [1]}
        assert json.loads(lines[0])["captures"] == {"n": 1}


def test_a_wait_for_what_is_there_returns_at_once(server, command):
    with JsonClient(server) as client:
        client.publish("<ready>")

        assert command.run("wait", "<ready>").returncode == 0


def test_a_wait_ends_when_the_fact_comes(server, command):
    waiting = command.start("wait", "<ready>")
    with JsonClient(server) as client:
        client.observe("<Observe <group <rec ready> _> _>")
        if not client.events(op="add"):
            client.until(lambda event: event["op"] == "add")

        client.publish("<ready>")

        assert waiting.status() == 0


def test_a_wait_for_the_end_ends_when_the_fact_goes(server, command):
    with JsonClient(server) as client:
        held = client.publish("<busy>")
        client.observe("<Observe <group <rec busy> _> _>")
        waiting = command.start("wait", "--gone", "<busy>")
        client.until(lambda event: event["op"] == "add")

        client.retract(held)

        assert waiting.status() == 0


def test_a_wait_for_the_end_of_what_is_not_there_returns_at_once(command):
    assert command.run("wait", "--gone", "<busy>").returncode == 0


def test_a_wait_in_vain_ends_with_its_own_status(command):
    begun = time.monotonic()

    done = command.run("wait", "--timeout", "300ms", "<never>")

    assert done.returncode == 5
    assert 0.3 <= time.monotonic() - begun < 10


def test_a_sent_message_is_heard(server, command):
    with JsonClient(server) as client:
        client.observe("<says $what>")

        done = command.run("send", '<says "hello">', '<says "again">')

        assert done.returncode == 0
        client.sync()
        assert [event["captures"]["what"] for event in client.events(op="message")] == \
            ["hello", "again"]


def test_messages_come_from_stdin_line_by_line(server, command):
    with JsonClient(server) as client:
        client.observe("<says $what>")

        assert command.run("send", "-", stdin="<says 1>\n<says 2>\n").returncode == 0

        client.sync()
        assert [event["captures"]["what"] for event in client.events(op="message")] == [1, 2]
