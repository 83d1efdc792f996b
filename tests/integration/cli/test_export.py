"""`avow export` and `avow import`: facts as lines of JSON, the same however often imported."""

import json

import pytest

from support.json_client import JsonClient

FACTS = ['<config "a" 1>', '[1 2.5 "x"]', '{a: #t}', '"text"', '#{1 2}', "symbol"]


def test_what_is_exported_can_be_imported_elsewhere(command):
    command.run("put", "--bare", *FACTS)
    exported = command.run("export")
    assert exported.returncode == 0
    assert all("put" in json.loads(line) for line in exported.stdout.splitlines())

    done = command.run("import", "--space", "other", stdin=exported.stdout)

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("= imported 6 lines, ")
    assert command.run("export", "--space", "other").stdout == exported.stdout


def test_importing_the_same_again_changes_nothing(server, command):
    command.run("put", *[f"<n {number}>" for number in range(10)])
    exported = command.run("export").stdout
    with JsonClient(server) as client:
        client.observe("<n $n>")
        before = len(client.events(op="add"))

        assert command.run("import", stdin=exported).returncode == 0

        client.sync()
        assert len(client.events(op="add")) == before


def test_a_pattern_chooses_and_housekeeping_stays_out(server, command):
    command.run("put", "<n 1>", "<m 1>")
    with JsonClient(server) as client:
        client.observe("<anything $x>")

        assert command.run("export", "<n _>").stdout == '{"put":{"<n>":[1]}}\n'
        assert len(command.run("export").stdout.splitlines()) == 2


def test_what_holds_references_is_left_out_and_counted(server, command):
    with JsonClient(server) as client:
        client.publish({"<service>": [{"$mine": 3}]})

        done = command.run("export")

    assert done.stdout == ""
    assert "1" in done.stderr


def test_slots_and_drops_can_be_imported_too(command):
    command.run("put", "<old>")

    lines = '{"slot": "leader", "fact": {"<leader>": ["ann"]}}\n\n{"drop": "<old>"}\n'
    assert command.run("import", stdin=lines).returncode == 0

    command.run("put", "--slot", "leader", '<leader "bob">')
    assert command.run("export").stdout == '{"put":{"<leader>":["bob"]}}\n'


def test_many_lines_go_in_batches(server, command):
    lines = "".join(f'{{"put": {{"<n>": [{number}]}}}}\n' for number in range(2_500))
    with JsonClient(server) as client:
        client.observe("<n $n>")

        assert command.run("import", stdin=lines).returncode == 0

        client.sync()
        turns = [turn for turn in client.turns if any(event["op"] == "add" for event in turn)]
    assert [len(turn) for turn in turns] == [1_000, 1_000, 500]


@pytest.mark.parametrize("line", ["{", "[]", "5", "{}", '{"wish": 1}', '{"put": "<a"}',
                                  '{"put": 1, "drop": 2}', '{"slot": "a"}',
                                  '{"put": 1, "fact": 2}', '{"item": "<a>"}'])
def test_a_line_that_says_nothing_is_wrong_usage_and_named(command, line):
    done = command.run("import", stdin=f'\n{line}\n')

    assert done.returncode == 2
    assert "line 2" in done.stderr
