"""What the JSON subprotocol refuses: an error with a sentence, and the world goes on."""

import json

import pytest

from support.json_client import JsonClient
from support.values import sturdy_reference
from support.websocket import BINARY, Closed, encode_frame

REFUSED = {
    "no JSON": "{publish",
    "two values": '{"sync": true, "id": 1} {"sync": true, "id": 2}',
    "a string": '"hello"',
    "a number": "5",
    "an unknown request": '{"wish": "<a pony>", "id": 1}',
    "no request": '{"id": 1}',
    "an unknown key": '{"publish": "<x 1>", "id": 1, "quickly": true}',
    "two requests in one": '{"publish": "<x 1>", "send": "<x 2>", "id": 1}',
    "an id that is no number": '{"publish": "<x 1>", "id": []}',
    "text that does not parse": '{"publish": "<x", "id": 1}',
    "text with a rest": '{"publish": "<x 1> <y 2>", "id": 1}',
    "a pattern that does not parse": '{"observe": "<x $", "id": 1}',
    "an unknown dollar": '{"publish": {"$wish": 1}, "id": 1}',
    "an unknown record": '{"publish": {"<x>": 1}, "id": 1}',
    "a reserved key among others": '{"publish": {"<x>": [1], "y": 2}, "id": 1}',
    "a broken integer": '{"publish": ["x", {"$int": "twelve"}], "id": 1}',
    "broken base64": '{"publish": ["x", {"$bytes": "%%%"}], "id": 1}',
    "an element twice": '{"publish": ["x", {"$set": [1, 1]}], "id": 1}',
    "a key twice": '{"publish": ["x", {"$dict": [[1, 2], [1, 3]]}], "id": 1}',
    "an unknown reference": '{"publish": ["x", {"$ref": 4711}], "id": 1}',
    "an unknown target": '{"send": "<x 1>", "to": {"$ref": 4711}, "id": 1}',
    "too many digits": '{"publish": ["x", {"$int": "' + "9" * 2000 + '"}], "id": 1}',
    "a value too deep": '{"publish": ' + "[" * 100 + "]" * 100 + ', "id": 1}',
    "an infinite depth": "[" * 100_000,
    "a sync of nothing": '{"sync": false, "id": 1}',
    "a wrong reference": '{"open": "<ref {oid: \\"syndicate\\" sig: #x\\"00\\"}>", "id": 1}',
    "no reference": '{"open": "syndicate!", "id": 1}',
}


def first_error(client):
    """The first error event, or the reason of the close where the session ends at once."""
    try:
        return client.until(lambda event: event["op"] == "error")
    except Closed as closed:
        return {"op": "error", "code": closed.code, "message": closed.reason}


@pytest.mark.parametrize("request_text", REFUSED.values(), ids=REFUSED)
def test_a_bad_request_is_answered_by_a_sentence(module_server, request_text):
    with JsonClient(module_server) as client, JsonClient(module_server) as other:
        client.tell_text(request_text)

        error = first_error(client)
        assert error["code"]
        assert " " in error["message"], f"no sentence: {error}"
        assert other.sync()


def test_the_answer_to_a_bad_request_carries_its_id(module_server):
    with JsonClient(module_server) as client:
        answer = client.ask({"publish": "<x"})

        assert answer["op"] == "error"
        assert client.sync(), "the session goes on"


def test_a_live_id_used_again_is_an_error(module_server):
    with JsonClient(module_server) as client:
        held = client.publish("<held>")
        client.tell({"publish": "<other>", "id": held})

        assert client.until(lambda event: event["op"] == "error")["id"] == held
        assert len(client.query("<held>")) == 1
        assert client.query("<other>") == []


def test_nothing_of_an_array_with_one_bad_request_takes_effect(module_server):
    with JsonClient(module_server) as client, JsonClient(module_server) as other:
        client.tell([{"publish": "<half 1>", "id": 1}, {"publish": "<half", "id": 2}])
        first_error(client)

        assert other.query("<half _>") == []


def test_an_unknown_oid_is_refused(module_server):
    with JsonClient(module_server) as client:
        answer = client.ask({"open": sturdy_reference('"nowhere"')})

        assert answer["op"] == "error"


def test_a_retraction_of_an_unknown_id_harms_nothing(module_server):
    with JsonClient(module_server) as client:
        client.tell({"retract": 4711})
        client.tell({"sync": True, "id": 1})

        assert client.until(lambda event: event.get("id") == 1)["op"] == "ok"


def test_a_name_that_the_pattern_does_not_have_is_refused(module_server):
    with JsonClient(module_server) as client:
        answer = client.ask({"query": "<temperature $room _>", "with": {"romo": "kitchen"}})

        assert answer["op"] == "error"
        assert "romo" in json.dumps(answer)


def test_a_binary_frame_is_no_json(module_server):
    with JsonClient(module_server) as client, JsonClient(module_server) as other:
        client.socket.channel.send(encode_frame(BINARY, b'{"sync": true, "id": 1}'))

        assert first_error(client)["message"]
        assert other.sync()
