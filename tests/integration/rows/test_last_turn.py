"""L8: what a session wants to be done when it is lost is done in the turn of the loss, and once."""

import uuid

import pytest

from support.json_client import JsonClient
from support.resumable_client import ResumableClient
from support.server import Server
from support.syndicate import SyndicateClient, reference_number
from support.values import is_record

GONE = '<status "ann" "gone">'


@pytest.fixture
def onlooker(server):
    with JsonClient(server) as client:
        client.observe("<status $who $how>")
        yield client


def statuses(client):
    """What a client of `<status $who $how>` has been told, message by message, as text."""
    client.sync()
    return [told for told in
            ([f'{event["op"]} {event["captures"]["how"]}' for event in turn
              if event["op"] in ("add", "remove", "message")] for turn in client.turns) if told]


def present(server, grace=0, **options):
    """Somebody who is there, and whose last turn puts that she is gone."""
    client = ResumableClient(server, grace=grace)
    client.publish('<status "ann" "here">')
    answer = client.ask({"last-turn": [{"put": GONE}], **options})
    assert answer["op"] == "ok", answer
    return client, answer["id"]


def name():
    return [str(uuid.uuid4()), 1]


# ---- lost or not ---------------------------------------------------------------------------------


def test_a_loss_shows_the_end_of_the_facts_and_the_last_turn_as_one(server, onlooker):
    ann, _ = present(server)

    ann.lose()

    onlooker.until(lambda event: event["op"] == "remove")
    assert statuses(onlooker) == [["add here"], ["add gone", "remove here"]]
    assert onlooker.events(op="remove")[0]["cause"] == "session-lost"


def test_a_clean_close_runs_nothing(server, onlooker):
    ann, _ = present(server)

    ann.socket.close()

    onlooker.until(lambda event: event["op"] == "remove")
    assert statuses(onlooker) == [["add here"], ["remove here"]]


def test_a_session_that_is_resumed_in_time_runs_nothing(server, onlooker):
    ann, _ = present(server, grace=60_000)

    ann.lose()
    assert ann.resume(server)["op"] == "ok"
    ann.sync()
    ann.socket.close()

    onlooker.until(lambda event: event["op"] == "remove")
    assert statuses(onlooker) == [["add here"], ["remove here"]]


def test_it_is_run_at_the_end_of_the_grace(server, onlooker):
    ann, _ = present(server, grace=100)

    ann.lose()

    onlooker.until(lambda event: event["op"] == "remove")
    assert statuses(onlooker) == [["add here"], ["add gone", "remove here"]]


def test_a_client_that_breaks_the_protocol_is_lost(server, onlooker):
    ann, _ = present(server)

    ann.socket.send(2, b"what is this")

    onlooker.until(lambda event: event["op"] == "remove")
    assert statuses(onlooker) == [["add here"], ["add gone", "remove here"]]


def test_plain_syndicate_clients_have_it_too(server, onlooker):
    client = SyndicateClient(server, "tcp")
    client.resolve()
    services = client.observe("<group <rec avow-service> {0: <lit keeper> 1: <bind <_>>}>")
    found = client.until(lambda event: event.oid == services and event.kind == "A")
    reply = client.fresh_oid()
    client.publish(f"<last-turn [<put {GONE}>] {{}} #:[0 {reply}]>",
                   at=reference_number(found.body[0]))
    answer = client.until(lambda event: event.oid == reply).body
    assert is_record(answer, "ok")

    client.wire.channel.reset()

    onlooker.until(lambda event: event["op"] == "add")
    assert statuses(onlooker) == [["add gone"]]


# ---- edited --------------------------------------------------------------------------------------


def test_it_is_withdrawn_by_its_retraction(server, onlooker):
    ann, ident = present(server)

    ann.retract(ident)
    ann.sync()
    ann.lose()

    onlooker.until(lambda event: event["op"] == "remove")
    assert statuses(onlooker) == [["add here"], ["remove here"]]


def test_it_is_replaced_in_one_turn(server, onlooker):
    ann, ident = present(server)

    ann.tell([{"retract": ident}, {"last-turn": [{"put": '<status "ann" "away">'}], "id": 77}])
    ann.until(lambda event: event.get("id") == 77)
    ann.lose()

    onlooker.until(lambda event: event["op"] == "remove")
    assert statuses(onlooker) == [["add here"], ["add away", "remove here"]]


def test_one_of_the_same_name_takes_its_place_and_its_owner_is_told(server, onlooker):
    named = name()
    ann, ident = present(server, **{"turn-id": named})
    with JsonClient(server) as heir:
        assert heir.ask({"last-turn": [], "turn-id": named})["op"] == "ok"

        assert ann.until(lambda event: event["op"] == "withdrawn")["id"] == ident
        ann.lose()

        onlooker.until(lambda event: event["op"] == "remove")
        assert statuses(onlooker) == [["add here"], ["remove here"]]


def test_whoever_knows_its_name_makes_it_impossible_or_learns_that_it_is_done(server, onlooker):
    first, second = name(), name()
    ann, _ = present(server, **{"turn-id": first})
    lost = {"put": '<status "ann" "lost">'}
    assert ann.ask({"last-turn": [lost], "turn-id": second})["op"] == "ok"

    with JsonClient(server) as other:
        (outcome,) = other.commit({"outcome": first})["results"]
        assert "<impossible>" in outcome
        ann.lose()
        onlooker.until(lambda event: event["op"] == "remove")
        (outcome,) = other.commit({"outcome": second})["results"]
        assert "<committed>" in outcome
        again = other.ask({"last-turn": [{"put": GONE}], "turn-id": second})
        assert again["code"] == "already-done"

    assert statuses(onlooker) == [["add here"], ["add lost", "remove here"]]


# ---- guards and delay ----------------------------------------------------------------------------


def test_a_guard_that_does_not_hold_keeps_it_from_being_done(server, onlooker):
    ann, _ = present(server, absent=['<done "ann">'])
    with JsonClient(server) as other:
        other.commit({"put": '<done "ann">'})

    ann.lose()

    onlooker.until(lambda event: event["op"] == "remove")
    assert statuses(onlooker) == [["add here"], ["remove here"]]


def test_guards_see_what_is_left_without_the_session(server, onlooker):
    ann, _ = present(server, absent=['<status "ann" "here">'])
    again, _ = present(server, absent=['<status "ann" "here">'])

    ann.lose()
    with JsonClient(server) as other:
        other.try_commit(require=["<never>"], timeout=50)  # Time goes by.
    assert statuses(onlooker) == [["add here"]]
    again.lose()

    onlooker.until(lambda event: event["op"] == "remove")
    assert statuses(onlooker) == [["add here"], ["add gone", "remove here"]]


def test_a_delay_comes_between_the_loss_and_the_turn(server, onlooker):
    ann, _ = present(server, delay=100)

    ann.lose()

    onlooker.until(lambda event: event["op"] == "add" and event["captures"]["how"] == "gone")
    assert statuses(onlooker) == [["add here"], ["remove here"], ["add gone"]]


@pytest.mark.parametrize("request_, code", [
    ({"last-turn": [{"take": "<job _>"}], "id": 50}, "unsupported"),
    ({"last-turn": [{"put": "<a>"}], "timeout": 5, "id": 50}, "unsupported"),
    ({"commit": [{"put": "<a>"}], "delay": 5, "id": 50}, "unsupported"),
    ({"publish": "<a>", "delay": 5, "id": 50}, "bad-request"),
    ({"last-turn": {"put": "<a>"}, "id": 50}, "bad-request"),
    ({"last-turn": [{"put": "<a>"}]}, "bad-request"),
    ([{"last-turn": [], "id": 50}, {"publish": "<a>"}], "bad-request"),
])
def test_what_is_no_last_turn_is_refused(server, request_, code):
    with JsonClient(server) as client:
        client.tell(request_)
        assert client.next_turn()[0]["code"] == code
        client.sync()


# ---- the server dies -----------------------------------------------------------------------------


@pytest.fixture
def data(tmp_path):
    return tmp_path / "avow.db"


def kept(server):
    with JsonClient(server) as client:
        return [event["captures"]["how"] for event in client.query("<status _ $how>")]


def await_gone(server):
    with JsonClient(server) as client:
        ident = client.observe("<status _ $how>")
        if not client.events(ident=ident, op="add"):
            client.until(lambda event: event["op"] == "add")


def test_a_server_that_is_killed_runs_it_when_it_is_back(avowd, data):
    server = Server(avowd, data=data)
    present(server)
    server.kill()

    server = Server(avowd, data=data)
    await_gone(server)
    assert kept(server) == ["gone"]
    server.stop()


def test_a_server_that_is_stopped_keeps_it(avowd, data):
    server = Server(avowd, data=data)
    ann, _ = present(server, grace=60_000)
    ann.lose()
    present(server)
    server.stop()

    server = Server(avowd, data=data)
    await_gone(server)
    server.stop()


def test_it_is_done_once_though_the_server_is_killed_again_and_again(avowd, data):
    server = Server(avowd, data=data)
    named = name()
    ann = JsonClient(server)
    assert ann.ask({"last-turn": [{"item": "<job 1>"}], "turn-id": named})["op"] == "ok"
    ann.socket.channel.reset()
    for _ in range(3):
        server.kill()
        server = Server(avowd, data=data)
        with JsonClient(server) as client:
            # Waits until it is there, and leaves it there.
            assert client.try_commit({"take": "<job _>"}, timeout=10_000)["op"] == "ok"

    with JsonClient(server) as client:
        assert client.try_commit({"take": "<job _>"}, timeout=10_000, ack=True)["op"] == "ok"
        assert client.try_commit({"take": "<job _>"})["code"] == "empty"
    server.kill()
    server = Server(avowd, data=data)
    with JsonClient(server) as client:
        client.sync()
        assert client.try_commit({"take": "<job _>"}, timeout=300)["code"] == "empty"
        assert "<committed>" in client.commit({"outcome": named})["results"][0]
    server.stop()


def test_an_owner_who_is_back_within_the_grace_withdraws_it(avowd, data):
    server = Server(avowd, data=data)
    named = name()
    present(server, grace=400, **{"turn-id": named})
    present(server, grace=300)
    server.kill()

    server = Server(avowd, data=data)
    with JsonClient(server) as client:
        assert "<impossible>" in client.commit({"outcome": named})["results"][0]
        client.observe("<status _ $how>")
        # The other one has no name, and shows when both graces are over.
        assert client.ask({"last-turn": [{"put": "<marker>"}], "delay": 400})["op"] == "ok"
        client.socket.channel.reset()
    with JsonClient(server) as client:
        ident = client.observe("<marker>")
        if not client.events(ident=ident, op="add"):
            client.until(lambda event: event.get("id") == ident and event["op"] == "add")
        assert len(client.query("<status _ _>")) == 1
    server.stop()
