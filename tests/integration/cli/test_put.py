"""`avow put` and `avow drop`: one turn, and an answer that says how surely it is kept."""

import json
import re

import pytest

from support.json_client import JsonClient

KEPT = re.compile(r"= (durable rev \d+|accepted rev \d+ \(in memory\))\n")


def test_put_says_how_surely_it_is_kept_and_the_facts_stay(command):
    done = command.run("put", '<config "a" 1>', '<config "b" 2>')

    assert done.returncode == 0, done.stderr
    assert KEPT.fullmatch(done.stdout)
    assert command.run("query", "<config _ _>").stdout == '<config "a" 1>\n<config "b" 2>\n'


def test_all_facts_of_a_put_come_in_one_turn(server, command):
    with JsonClient(server) as client:
        client.observe("<n $n>")
        command.run("put", *[f"<n {number}>" for number in range(20)])

        client.until(lambda event: event["op"] == "add")
        assert len(client.turns[-1]) == 20


def test_drop_takes_back_what_anybody_put_and_says_what_was_not_there(command):
    command.run("put", "<n 1>")

    done = command.run("drop", "<n 1>", "<n 2>")

    assert done.returncode == 0
    assert KEPT.fullmatch(done.stdout)
    assert "<n 2>" in done.stderr and "<n 1>" not in done.stderr
    assert command.run("query", "<n _>").stdout == ""


def test_values_come_from_stdin_line_by_line(command):
    assert command.run("put", "-", stdin="<n 1>\n\n<n 2>\n").returncode == 0

    assert command.run("query", "<n _>").stdout == "<n 1>\n<n 2>\n"


def test_json_gives_the_answer_of_the_protocol(command):
    command.run("put", "<n 1>")

    answer = json.loads(command.run("put", "--json", "<n 1>", "<n 2>").stdout)

    assert answer["op"] == "ok" and answer["results"] == [False, True]
    assert answer["level"] in ("durable", "accepted")
    assert set(answer) == {"op", "rev", "seq", "epoch", "level", "results"}


@pytest.mark.parametrize("condition", [["--require", "<go _>"], ["--absent", "<n _>"]])
def test_a_condition_that_does_not_hold_is_status_one_and_nothing_is_done(command, condition):
    command.run("put", "<n 1>")

    done = command.run("put", *condition, "<m 1>")

    assert done.returncode == 1
    assert done.stderr.strip() and done.stdout == ""
    assert command.run("query", "<m _>").stdout == ""


def test_conditions_that_hold_let_it_pass(command):
    command.run("put", "<go 1>")

    assert command.run("put", "--require", "<go _>", "--absent", "<n _>", "<n 1>").returncode == 0


def test_put_waits_for_its_conditions_as_long_as_told(server, command):
    with JsonClient(server) as client:
        client.observe("<Observe _ _>")
        waiting = command.start("put", "--require", "<go>", "--timeout", "1m", "<n 1>")
        client.until(lambda event: event["op"] == "add")
        client.commit({"put": "<go>"})

    assert waiting.status() == 0


def test_a_slot_holds_one_fact(command):
    command.run("put", "--slot", "leader", '<leader "ann">')
    command.run("put", "--slot", "leader", '<leader "bob">')
    assert command.run("query", "<leader _>").stdout == '<leader "bob">\n'

    assert command.run("drop", "--slot", "leader").returncode == 0
    assert command.run("query", "<leader _>").stdout == ""


def test_the_same_turn_id_is_done_once(command):
    name = "00112233445566778899aabbccddeeff/1"
    first = json.loads(command.run("put", "--json", "--turn-id", name, "<n 1>").stdout)
    command.run("drop", "<n 1>")

    again = json.loads(command.run("put", "--json", "--turn-id", name, "<n 1>").stdout)

    assert again == {**first, "replayed": True}
    assert command.run("query", "<n _>").stdout == ""
    assert command.run("put", "--turn-id", "nonsense", "<n 1>").returncode == 2


def test_a_lost_server_leaves_the_outcome_unknown_and_the_turn_id_told(server, command):
    with JsonClient(server) as client:
        client.observe("<Observe _ _>")
        waiting = command.start("put", "--require", "<never>", "--timeout", "1h", "<n 1>")
        client.until(lambda event: event["op"] == "add")
        client.sync()

        waiting.interrupt()

        assert waiting.status() == 130
        assert re.fullmatch(r"= unknown turn-id [0-9a-f]{32}/1", waiting.out.next())


def test_a_bare_atom_is_refused_with_a_hint(command):
    done = command.run("put", "hello")

    assert done.returncode == 2
    assert "avow put" in done.stderr and "--bare" in done.stderr


def test_a_fact_with_references_cannot_be_kept(command):
    done = command.run("put", "<n #:[0 1]>")

    assert done.returncode == 1
    assert "reference" in done.stderr
