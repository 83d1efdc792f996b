"""`avow status` says what server answers, in words and as JSON."""

import json


def test_the_status_names_server_and_space(command, server):
    done = command.run("status")

    assert done.returncode == 0
    assert "avowd" in done.stdout and "main" in done.stdout
    assert str(server.websocket_address[1]) in done.stdout


def test_the_status_in_json_is_one_object(command):
    status = json.loads(command.run("status", "--json").stdout)

    assert status["server"] == "avowd"
    assert "version" in status
