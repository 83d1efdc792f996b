"""`avow watch` shows what comes and goes, one line at a time, as it happens."""

import json
import re

import pytest

from support.cli import Avow
from support.json_client import JsonClient
from support.server import Server


def test_a_watch_shows_facts_messages_and_their_end(server, command):
    with JsonClient(server) as client:
        client.publish('<temperature "kitchen" 21.5>')
        watching = command.start("watch", "<temperature $room _>")
        assert watching.out.next() == '+ <temperature "kitchen" 21.5>'
        assert re.fullmatch(r"= synced rev \d+", watching.out.next())

        held = client.publish('<temperature "hall" 18.0>')
        assert watching.out.next() == '+ <temperature "hall" 18.0>'
        client.tell({"send": '<temperature "attic" 30.0>'})
        assert watching.out.next() == '! <temperature "attic" 30.0>'
        client.retract(held)
        assert watching.out.next() == '- <temperature "hall" 18.0>'


def test_a_watch_of_nothing_says_that_it_is_synced(command):
    watching = command.start("watch", "<nothing $here>")

    assert re.fullmatch(r"= synced rev \d+", watching.out.next())


def test_a_watch_says_on_stderr_how_it_understood_the_pattern(command):
    watching = command.start("watch", "<temperature $room _>")

    assert "temperature" in watching.err.next()


def test_captures_shows_only_what_was_captured(server, command):
    with JsonClient(server) as client:
        client.publish('<temperature "kitchen" 21.5>')

        line = command.start("watch", "--captures", "<temperature $room $t>").out.next()

        assert line.startswith("+ ") and "temperature" not in line
        assert '"kitchen"' in line and "21.5" in line


def test_json_shows_the_events_of_the_protocol(server, command):
    with JsonClient(server) as client:
        client.publish('<temperature "kitchen" 21.5>')
        watching = command.start("watch", "--json", "<temperature $room _>")

        added = json.loads(watching.out.next())
        synced = json.loads(watching.out.next())

        assert added["op"] == "add" and added["captures"] == {"room": "kitchen"}
        assert added["fact"] == {"<temperature>": ["kitchen", 21.5]}
        assert synced["op"] == "synced" and isinstance(synced["rev"], int)


def test_json_names_the_cause_of_a_removal(server, command):
    with JsonClient(server) as client:
        watching = command.start("watch", "--json", "<n $n>")
        watching.out.until(lambda line: '"synced"' in line)

        client.retract(client.publish("<n 1>"))

        watching.out.next()
        assert json.loads(watching.out.next())["cause"] == "retracted"


def test_until_synced_ends_with_the_snapshot(server, command):
    with JsonClient(server) as client:
        client.publish("<n 1>")

        done = command.run("watch", "--until-synced", "<n $n>")

        assert done.returncode == 0
        assert done.stdout.splitlines()[0] == "+ <n 1>"
        assert done.stdout.splitlines()[1].startswith("= synced rev ")


def test_count_ends_after_that_many_changes(server, command):
    with JsonClient(server) as client:
        for number in range(3):
            client.publish(f"<n {number}>")

        done = command.run("watch", "--count", "2", "<n $n>")

        assert done.returncode == 0
        assert len([line for line in done.stdout.splitlines() if line.startswith("+ ")]) == 2


def test_for_ends_after_that_time(command):
    done = command.run("watch", "--for", "200ms", "<n $n>")

    assert done.returncode == 0
    assert done.stdout.startswith("= synced rev ")


def test_an_interrupt_ends_a_watch_with_its_status(command):
    watching = command.watch("<n $n>")

    watching.interrupt()

    assert watching.status() == 130


@pytest.mark.parametrize("pattern", ["_", "$x"])
def test_a_watch_of_everything_hides_interests_unless_asked(server, command, pattern):
    with JsonClient(server) as client:
        client.observe("<wanted $what>")
        client.publish("<n 1>")

        hidden = command.run("watch", "--until-synced", pattern).stdout
        shown = command.run("watch", "--until-synced", "--all", pattern).stdout

        assert "+ <n 1>" in hidden and "Observe" not in hidden and "<avow-" not in hidden
        assert "+ <n 1>" in shown and "<Observe " in shown


def test_a_reader_that_goes_away_ends_the_watch(server, command):
    watching = command.watch("<n $n>")
    watching.out.close()

    with JsonClient(server) as client:
        client.publish("<n 1>")
        client.publish("<n 2>")
        assert watching.status() != 0


def test_a_watch_says_that_the_link_is_lost(avowd, avow):
    server = Server(avowd)
    command = Avow(avow, server)
    watching = command.watch("<n $n>")
    understood = watching.err.next()

    server.kill()

    assert "<n $n>" in understood
    assert "lost" in watching.err.next()
    command.close()
