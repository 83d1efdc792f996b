"""While a server recovers what it kept, it lives, is not ready, and lets nobody in."""

import contextlib
import http.client
import re
import socket
import subprocess

import pytest

from support.channel import Channel
from support.deadline import Deadline
from support.json_client import JsonClient
from support.websocket import read_response, upgrade_request

# Enough that reading them takes as long as hundreds of requests do.
FACTS = 200_000
FACTS_OF_COMMIT = 1_000
UPGRADE = {"Sec_WebSocket_Protocol": "avow.json.v1"}


@pytest.fixture
def file(serve, tmp_path):
    """What a server left that was killed, with many facts."""
    path = tmp_path / "avow.db"
    server = serve(path)
    with JsonClient(server) as client:
        for first in range(0, FACTS, FACTS_OF_COMMIT):
            client.commit(*[{"put": f"<n {n}>"} for n in range(first, first + FACTS_OF_COMMIT)])
    server.kill()
    return path


@pytest.fixture
def recovering(avowd, file):
    """The process of a server that has just begun, and its address."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = taken.getsockname()
    with open(f"{file}.said", "wb") as said:
        process = subprocess.Popen([avowd, "--listen", f"127.0.0.1:{address[1]}", "--data", file],
                                   stdin=subprocess.DEVNULL, stdout=said, stderr=said)
    yield process, address
    process.kill()
    process.wait()


def get(address, path):
    """Status and body; None while nobody listens."""
    connection = http.client.HTTPConnection(*address, timeout=20)
    with contextlib.closing(connection):
        try:
            connection.request("GET", path)
        except ConnectionRefusedError:
            return None
        response = connection.getresponse()
        return response.status, response.read().decode()


def first_answer(address):
    deadline = Deadline(20)
    while (answer := get(address, "/readyz")) is None:
        deadline.check("somebody who listens")
    return answer


def test_a_server_that_recovers_lives_and_is_not_ready(recovering):
    process, address = recovering
    answers = [first_answer(address)]
    alive = get(address, "/livez")
    with contextlib.closing(Channel.tcp(address)) as channel:
        channel.send(upgrade_request(address, **UPGRADE))
        refusal = read_response(channel)
    deadline = Deadline(60)
    while answers[-1][0] != 200:
        answers.append(get(address, "/readyz"))
        deadline.check(f"a server that is ready, after {answers[-1]}")

    assert alive == (200, "ok event-loop-answers\n")
    assert refusal.status == 503 and refusal.headers["retry-after"] == "1"
    assert "still recovering" in refusal.body
    assert answers[0][0] == 503 and "failed state-is-recovered\n" in answers[0][1]
    told = "".join(body for _, body in answers)
    rows = [int(row) for row in re.findall(r"recovering: (\d+)", told)]
    assert rows == sorted(rows) and rows[-1] <= FACTS
    assert "ok state-is-recovered\n" in answers[-1][1]


def test_a_server_that_is_told_to_end_while_it_recovers_ends_at_once_and_well(recovering, file,
                                                                             serve):
    process, address = recovering
    assert first_answer(address)[0] == 503

    process.terminate()

    assert process.wait(20) == 0
    with JsonClient(serve(file)) as client:
        assert len(client.query(f"<n {FACTS - 1}>")) == 1
