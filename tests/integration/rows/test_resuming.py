"""L6, L7, V-N3: a session outlives its connection, and whoever comes back goes on with it."""

import itertools
import json

import pytest

from support.chaos import ChaosProxy
from support.hold_facts import Holder
from support.json_client import JsonClient
from support.resumable_client import ResumableClient
from support.server import Server
from support.websocket import Closed

TAKEN_OVER = 4009


@pytest.fixture
def onlooker(server):
    with JsonClient(server) as client:
        client.observe("<present $who>")
        yield client


def changes(client):
    """What a client of `<present $who>` has been told, as text."""
    client.sync()
    return [f'{event["op"]} {event["captures"]["who"]}' + f' {event.get("cause", "")}'.rstrip()
            for event in client.events() if event["op"] in ("add", "remove")]


def present(server, who="ann", **options):
    client = ResumableClient(server, **options)
    client.publish(f'<present "{who}">')
    return client


def assert_held_until_closed(ann, onlooker):
    """Nobody has seen her fact go, and it goes when she ends."""
    assert changes(onlooker) == ["add ann"]
    ann.socket.close()
    onlooker.until(lambda event: event["op"] == "remove")
    assert changes(onlooker) == ["add ann", "remove ann closed"]


# ---- L6 ------------------------------------------------------------------------------------------


def test_others_see_nothing_of_a_lost_connection_that_comes_back(server, onlooker):
    ann = present(server)

    for _ in range(3):
        ann.lose()
        assert ann.resume(server)["op"] == "ok"

    assert_held_until_closed(ann, onlooker)


def test_missed_turns_are_told_once_and_in_order(server, onlooker):
    ann = present(server)
    news = ann.observe("<news $n>")
    ann.lose()
    for number in range(5):
        onlooker.publish(f"<news {number}>")

    ann.resume(server)
    ann.sync()

    told = ann.events(ident=news, op="add")
    assert [event["captures"]["n"] for event in told] == list(range(5))
    ann.socket.close()


def test_a_request_in_flight_is_done_and_answered_once(server, onlooker):
    ann = present(server)
    ann.tell([{"publish": '<present "bob">', "id": 100}])
    ann.tell({"query": "<present $who>", "id": 101})
    ann.lose()

    ann.resume(server)
    ann.sync()

    assert len(ann.events(ident=100)) == 1
    assert [event["op"] for event in ann.events(ident=101)] == ["add", "add", "ok"]
    assert changes(onlooker) == ["add ann", "add bob"]
    ann.socket.close()


def test_after_the_grace_the_facts_go_and_the_session_is_gone(server, onlooker):
    ann = present(server, grace=100)
    ann.lose()

    onlooker.until(lambda event: event["op"] == "remove")
    assert changes(onlooker) == ["add ann", "remove ann session-lost"]
    assert ann.resume(server)["code"] == "session-gone"

    # And nothing is done for it, until it opens on purpose.
    assert ann.ask({"publish": '<present "ann">'})["code"] == "session-gone"
    assert changes(onlooker) == ["add ann", "remove ann session-lost"]
    ann.socket.close()


def test_a_clean_close_ends_the_session_whatever_its_grace(server, onlooker):
    ann = present(server)

    ann.socket.close()

    onlooker.until(lambda event: event["op"] == "remove")
    assert changes(onlooker) == ["add ann", "remove ann closed"]
    assert ann.resume(server)["code"] == "session-gone"
    ann.socket.close()


def test_without_a_grace_a_lost_connection_ends_the_session_at_once(server, onlooker):
    ann = present(server, grace=0)
    assert ann.token is None

    ann.lose()

    onlooker.until(lambda event: event["op"] == "remove")
    assert changes(onlooker) == ["add ann", "remove ann session-lost"]


def test_plain_syndicate_clients_have_no_grace(server, onlooker):
    holder = Holder(server, "tcp", ['<present "ann">'])
    assert changes(onlooker) == ["add ann"]

    holder.kill()

    onlooker.until(lambda event: event["op"] == "remove")
    assert changes(onlooker) == ["add ann", "remove ann closed"]  # The end of a stream is clean.


def test_the_server_caps_the_grace(avowd):
    capped = Server(avowd, "--grace-max", "2")
    try:
        assert ResumableClient(capped).grace == 2_000
    finally:
        capped.stop()


def test_what_is_acknowledged_is_not_kept(server, onlooker):
    ann = present(server)
    ann.acknowledge()
    ann.sync()
    ann.lose()
    ann.number -= 2

    assert ann.resume(server)["code"] == "session-gone"

    ann.number += 2
    ann.socket.channel.reset()
    assert ann.resume(server)["op"] == "ok"
    assert changes(onlooker) == ["add ann"]
    ann.socket.close()


# ---- L7 ------------------------------------------------------------------------------------------

# What becomes of the first connection, before and after the second one comes.
FATES = ("stays", "is reset", "half-closes", "says more", "closes")


def meet_fate(client, fate):
    channel = client.channel
    if fate == "is reset":
        channel.reset()
    elif fate == "half-closes":
        channel.end_sending()
    elif fate == "says more":
        try:
            client.send(1, b'{"retract": 2}')
        except OSError:
            pass  # The server was quicker.
    elif fate == "closes":
        try:
            client.send_close(1000)
        except OSError:
            pass


@pytest.mark.parametrize("before, after", list(itertools.product(FATES[:3], FATES)))
def test_takeover_ends_the_same_in_every_interleaving(server, onlooker, before, after):
    ann = present(server)
    first = ann.socket
    meet_fate(first, before)

    assert ann.resume(server)["op"] == "ok"
    if before == "stays":
        assert first.receive_close().code == TAKEN_OVER
    if before != "is reset":
        meet_fate(first, after)

    ann.sync()
    assert_held_until_closed(ann, onlooker)


def test_of_many_connections_with_one_token_the_last_has_the_session(server, onlooker):
    ann = present(server)
    sockets = [ann.socket]
    for _ in range(10):
        assert ann.resume(server)["op"] == "ok"
        sockets.append(ann.socket)

    assert [one.receive_close().code for one in sockets[:-1]] == [TAKEN_OVER] * 10
    ann.sync()
    assert changes(onlooker) == ["add ann"]
    ann.socket.close()


def test_the_first_connection_is_told_by_name(server):
    ann = present(server)
    first = ann.socket

    ann.resume(server)

    assert json.loads(first.receive_message()[1])[0]["code"] == "taken-over"
    with pytest.raises(Closed) as ended:
        while True:
            first.receive_message()
    assert ended.value.code == TAKEN_OVER
    ann.socket.close()


# ---- bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize("claims, code", [
    ({"resume": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}, "session-gone"),
    ({"resume": "no token at all"}, "session-gone"),
    ({"received": 1_000}, "bad-acknowledgement"),
    ({"space": "orders"}, "wrong-session"),
    ({"epoch": "0123456789abcdef"}, "wrong-session"),
])
def test_a_wrong_claim_is_named_and_harms_no_session(server, onlooker, claims, code):
    ann = present(server)
    thief = ResumableClient(server)
    token, number = ann.token, ann.number

    thief.token, thief.number = token, number
    answer = thief.resume(server, **claims)

    assert answer["code"] == code
    ann.sync()
    ann.lose()
    assert ann.resume(server)["op"] == "ok"
    assert changes(onlooker) == ["add ann"]
    thief.socket.close()
    ann.socket.close()


@pytest.mark.parametrize("request_", [
    {"resume": 7, "id": 1}, {"resume": "x"}, {"resume": "x", "received": -1, "id": 1},
    {"resume": "x", "grace": 5, "id": 1}, {"acknowledge": "x", "id": 1},
    {"publish": "<a>", "grace": 5, "id": 1}, {"open": "<ref>", "grace": -1, "id": 1},
    [{"resume": "x", "id": 1}, {"sync": True, "id": 2}],
])
def test_a_request_that_cannot_be_read_is_refused_and_the_session_goes_on(server, request_):
    with JsonClient(server) as client:
        client.tell(request_)
        assert client.next_turn()[0]["code"] == "bad-request"
        client.sync()


def test_an_acknowledgement_of_what_was_never_told_is_an_error(server):
    ann = present(server)
    ann.number += 10
    ann.acknowledge()
    ann.number -= 10

    (event,) = ann.next_turn()

    assert event["code"] == "bad-acknowledgement"
    ann.sync()
    ann.socket.close()


def test_a_session_is_not_resumed_by_what_does_not_come_first(server):
    ann = present(server)
    with JsonClient(server) as other:
        other.sync()
        assert other.ask({"resume": ann.token, "received": 0})["code"] == "bad-request"
    ann.sync()
    ann.socket.close()


# ---- V-N3 ----------------------------------------------------------------------------------------

EVENTS = 50


def ticks(client, ident, since):
    return [event["captures"]["n"] for event in client.events(since, ident, "message")]


def take_ticks(watcher, ident, since):
    """Takes in what comes before the cut, and returns whether that was the whole stream."""
    def is_whole():
        return len(ticks(watcher, ident, since)) == EVENTS
    watcher.take_until_lost(is_whole)
    return is_whole()


def test_a_stream_cut_at_every_byte_is_told_whole_and_once(server):
    with ChaosProxy(server.websocket_address) as proxy, JsonClient(server) as teller:
        watcher = ResumableClient(proxy, grace=60_000)
        stream = watcher.observe("<tick $n>")
        cut_at, was_whole = 0, False
        while not was_whole:
            since = len(watcher.turns)
            proxy.link().cut_after("down", cut_at)
            for number in range(EVENTS):
                teller.tell({"send": f"<tick {number}>"})
            teller.sync()
            was_whole = take_ticks(watcher, stream, since)
            answer = watcher.resume(proxy)
            assert answer["op"] == "ok", f"cut at {cut_at}: {answer}"
            watcher.sync()
            assert ticks(watcher, stream, since) == list(range(EVENTS)), f"cut at {cut_at}"
            cut_at += 1
        watcher.socket.close()


def test_requests_cut_at_every_byte_are_done_once(server):
    with ChaosProxy(server.websocket_address) as proxy, JsonClient(server) as watcher:
        teller = ResumableClient(proxy, grace=60_000)
        stream = watcher.observe("<tick $n>")
        cut_at, was_whole = 1, False
        while not was_whole:
            since = len(watcher.turns)
            link = proxy.link()
            link.cut_after("up", cut_at)
            try:
                for number in range(EVENTS):
                    teller.tell({"send": f"<tick {number}>"})
            except OSError:
                pass
            was_whole = not lost_within(teller)
            link.change("up", cut_at=None)
            # The answer may have overtaken the cut.
            if not was_whole or lost_within(teller):
                rest = EVENTS - 1 - number
                answer = teller.resume(proxy)
                assert answer["op"] == "ok", f"cut at {cut_at}: {answer}"
                for number in range(EVENTS - rest, EVENTS):
                    teller.tell({"send": f"<tick {number}>"})
            teller.sync()
            watcher.sync()
            assert ticks(watcher, stream, since) == list(range(EVENTS)), f"cut at {cut_at}"
            cut_at += 1
        teller.socket.close()


def lost_within(client):
    """Whether the connection is cut before a sync is answered."""
    try:
        client.sync()
        return False
    except (Closed, OSError):
        return True
