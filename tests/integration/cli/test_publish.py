"""`avow publish` holds facts until it is interrupted, or while a command runs."""

import re

from support.json_client import JsonClient


def test_a_publication_lasts_until_the_interrupt(server, command):
    with JsonClient(server) as client:
        client.observe("<present $who>")
        publishing = command.start("publish", '<present "ann">', '<present "bob">')
        assert re.fullmatch(r"= published rev \d+", publishing.out.next())
        client.sync()
        assert [event["captures"]["who"] for event in client.events(op="add")] == ["ann", "bob"]

        publishing.interrupt()

        assert publishing.status() == 130
        assert client.until(lambda event: event["op"] == "remove")["cause"] == "closed"
        client.sync()
        assert client.query("<present _>") == []


def test_all_facts_of_a_publication_come_and_go_in_one_turn(server, command):
    with JsonClient(server) as client:
        client.observe("<present $who>")
        publishing = command.start("publish", *[f'<present {number}>' for number in range(20)])
        publishing.out.next()
        client.until(lambda event: event["op"] == "add")
        assert len(client.turns[-1]) == 20

        publishing.interrupt()

        client.until(lambda event: event["op"] == "remove")
        assert len(client.turns[-1]) == 20


def test_a_publication_lasts_while_a_command_runs_and_ends_with_its_status(command, avow):
    done = command.run("publish", "<busy>", "--", avow, "query", "<busy>")
    failed = command.run("publish", "<busy>", "--", "sh", "-c", "exit 7")

    assert done.returncode == 0 and "<busy>" in done.stdout
    assert failed.returncode == 7
    assert command.run("query", "<busy>").stdout == ""


def test_values_come_from_stdin_line_by_line(server, command):
    publishing = command.start("publish", "-")
    publishing.stdin.write(b"<n 1>\n<n 2>\n")
    publishing.stdin.close()
    publishing.out.next()

    with JsonClient(server) as client:
        assert sorted(row["captures"]["n"] for row in client.query("<n $n>")) == [1, 2]


def test_a_bare_atom_is_refused_with_a_hint(command):
    done = command.run("publish", "hello")

    assert done.returncode == 2
    assert "a fact is a record" in done.stderr and "--bare" in done.stderr


def test_a_bare_atom_may_be_insisted_upon(server, command):
    publishing = command.start("publish", "--bare", '"hello"')
    assert publishing.out.next().startswith("= published")

    with JsonClient(server) as client:
        assert [row["fact"] for row in client.query("$x") if row["fact"] == "hello"] == ["hello"]


def test_true_is_warned_about_since_the_boolean_is_written_otherwise(command):
    publishing = command.start("publish", "<light true>")

    assert "#t" in publishing.err.next()
    assert publishing.out.next().startswith("= published")


def test_a_value_that_does_not_parse_is_wrong_usage(command):
    done = command.run("publish", "<present")

    assert done.returncode == 2
    assert done.stderr.strip()


def test_the_space_is_chosen_by_flag_or_environment(command):
    publishing = command.start("publish", "--space", "orders", "<n 1>")
    publishing.out.next()

    assert command.run("query", "<n $n>").stdout == ""
    assert command.run("query", "--space", "orders", "<n $n>").stdout == "<n 1>\n"
    assert command.run("query", "<n $n>", AVOW_SPACE="orders").stdout == "<n 1>\n"
