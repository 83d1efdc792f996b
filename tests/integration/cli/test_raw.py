"""`avow raw` sends lines as JSON frames and shows what comes back."""

import json


def test_lines_become_frames_and_frames_become_lines(command):
    raw = command.start("raw")
    raw.stdin.write(b'{"publish": "<n 1>", "id": 1}\n{"query": "<n $n>", "id": 2}\n')
    raw.stdin.flush()

    shown = raw.out.until(lambda line: '"id":2' in line.replace(" ", "") and '"ok"' in line)

    events = [event for line in shown for event in as_list(json.loads(line))]
    assert any("hello" in event for event in events)
    assert [event["id"] for event in events if event.get("op") == "ok"] == [1, 2]
    assert [event["captures"] for event in events if event.get("op") == "add"] == [{"n": 1}]


def as_list(message):
    return message if isinstance(message, list) else [message]


def test_the_end_of_the_input_ends_the_command_cleanly(command):
    done = command.run("raw", stdin='{"sync": true, "id": 1}\n')

    assert done.returncode == 0
    assert '"ok"' in done.stdout


def test_an_error_of_the_server_is_shown_as_it_is(command):
    done = command.run("raw", stdin='{"wish": "<a pony>", "id": 1}\n')

    assert '"error"' in done.stdout
