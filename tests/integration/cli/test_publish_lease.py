"""`avow publish --lease`: the facts outlive a lost link until the ttl, but not a good end."""

import re
import signal

from support.json_client import JsonClient


def test_the_facts_stay_while_it_runs_and_go_with_its_end(server, command):
    with JsonClient(server) as client:
        client.observe("<alive $who>")
        publishing = command.start("publish", "--lease", "300ms", '<alive "ann">', '<alive "bob">')
        assert re.fullmatch(r"= published rev \d+", publishing.out.next())
        # Three times the ttl, as somebody else's lease measures it.
        for _ in range(3):
            client.lease(300)
            client.until(lambda event: event["op"] == "expired")
        assert len(client.query("<alive _>")) == 2

        publishing.interrupt()

        assert publishing.status() == 130
        assert client.until(lambda event: event["op"] == "remove")["cause"] == "retracted"
        assert len(client.turns[-1]) == 2


def test_a_killed_publisher_leaves_its_facts_until_the_ttl(server, command):
    with JsonClient(server) as client:
        client.observe("<alive $who>")
        publishing = command.start("publish", "--lease", "1s", '<alive "ann">')
        publishing.out.next()

        publishing.signal(signal.SIGKILL)
        publishing.status()
        client.sync()
        assert len(client.query("<alive _>")) == 1

        assert client.until(lambda event: event["op"] == "remove")["cause"] == "expired"


def test_they_last_while_a_command_runs_and_end_with_its_status(command, avow):
    done = command.run("publish", "--lease", "10s", "<busy>", "--", avow, "query", "<busy>")
    failed = command.run("publish", "--lease", "10s", "<busy>", "--", "sh", "-c", "exit 7")

    assert done.returncode == 0 and done.stdout == "<busy>\n"
    assert failed.returncode == 7
    assert command.run("query", "<busy>").stdout == ""


def test_a_ttl_that_the_server_does_not_take_is_refused(command):
    done = command.run("publish", "--lease", "1ms", "<alive 1>")

    assert done.returncode == 1
    assert done.stderr.strip()
