"""S6, S7, S8, S10, V-N3: whoever was told all up to a revision is told what has changed since."""

import random

import pytest

from support.chaos import ChaosProxy
from support.json_client import JsonClient
from support.observed import metric
from support.seed import count_of, random_seed
from support.server import Server
from support.values import sturdy_reference
from support.websocket import Closed

EVERYONE = "<present $who>"
SYSTEM = sturdy_reference('<space "avow.system">')


def from_(client, revision, **options):
    return {"from": revision, "epoch": client.hello["epoch"], **options}


def told(client, ident):
    """What a subscription to EVERYONE was told, as text."""
    return [" ".join(filter(None, (event["op"], event.get("captures", {}).get("who"),
                                   event.get("cause"))))
            for event in client.events(ident=ident)]


@pytest.fixture
def writer(server):
    with JsonClient(server) as client:
        yield client


def rev_of(client, request):
    return client.ask(request)["rev"]


# ---- S6 ------------------------------------------------------------------------------------------


def test_what_came_and_what_went_since_is_told_with_its_cause(server, writer):
    ann, bob = writer.publish('<present "ann">'), writer.publish('<present "bob">')
    with JsonClient(server) as before:
        before.observe(EVERYONE)
        seen = before.events(op="synced")[-1]["rev"]
    with JsonClient(server) as leaving:
        leaving.publish('<present "dan">')
    writer.publish('<present "cid">')
    writer.retract(ann)

    with JsonClient(server) as client:
        ident = client.observe(EVERYONE, **from_(client, seen))
        writer.retract(bob)
        client.until(lambda event: event["op"] == "remove")

        assert told(client, ident) == ["add cid", "remove ann retracted", "synced",
                                       "remove bob retracted"]
        changes = [event["rev"] for event in client.events(ident=ident)]
        assert changes[0] == changes[1] == changes[2] < changes[3]


def test_what_is_older_is_never_told(server, writer):
    writer.publish('<present "ann">')
    seen = rev_of(writer, {"publish": '<present "bob">'})

    with JsonClient(server) as client:
        assert told(client, client.observe(EVERYONE, **from_(client, seen))) == ["synced"]


def test_a_revision_yet_to_come_is_an_error(server, writer):
    seen = rev_of(writer, {"publish": '<present "ann">'})
    for options in ({}, {"else": "resync"}):
        answer = writer.ask({"observe": EVERYONE, **from_(writer, seen + 1000, **options)})
        assert (answer["op"], answer["code"]) == ("error", "future-revision")


@pytest.mark.parametrize("options", [
    {"from": 1}, {"epoch": "5c1f0e62b7a94d38"}, {"else": "resync"}, {"from": -1, "epoch": "0" * 16},
    {"from": 1, "epoch": "0" * 16, "else": "close"}, {"from": 1, "epoch": 7}])
def test_what_does_not_go_together_is_an_error(server, writer, options):
    answer = writer.ask({"observe": EVERYONE, **options})
    assert (answer["op"], answer["code"]) == ("error", "bad-request")


def test_several_patterns_go_on_in_one_turn_at_one_revision(server, writer):
    writer.publish('<present "ann">')
    seen = rev_of(writer, {"publish": "<count 1>"})
    writer.tell([{"publish": '<present "bob">', "id": 900}, {"publish": "<count 2>", "id": 901}])
    writer.sync()
    with JsonClient(server) as client:
        client.tell([{"observe": EVERYONE, "id": 1, **from_(client, seen)},
                     {"observe": "<count $n>", "id": 2, **from_(client, seen)}])
        client.wait_synced(2)

        assert len({event["rev"] for event in client.turns[-1]}) == 1
        assert [event["op"] for event in client.turns[-1]] == ["add", "add", "synced", "synced"]


# ---- S7 ------------------------------------------------------------------------------------------


def push_out(writer, revision, size=100_000):
    """Changes so much that the space does not remember what came after `revision`."""
    for number in range(100):
        writer.tell([{"publish": ["filler", number, "x" * size], "id": 5000}])
        writer.tell([{"retract": 5000}])
    writer.sync()


def test_below_the_floor_is_an_error_that_names_it(server, writer):
    seen = rev_of(writer, {"publish": '<present "ann">'})
    push_out(writer, seen)

    with JsonClient(server) as client:
        answer = client.ask({"observe": EVERYONE, **from_(client, seen)})
        assert (answer["op"], answer["code"]) == ("error", "compacted")
        assert answer["floor"] > seen
        # From the floor on everything is there.
        again = client.observe(EVERYONE, **from_(client, answer["floor"]))
        assert told(client, again) == ["synced"]


def test_who_asks_for_it_is_told_all_anew_below_the_floor(server, writer):
    seen = rev_of(writer, {"publish": '<present "ann">'})
    writer.publish('<present "bob">')
    push_out(writer, seen)

    with JsonClient(server) as client:
        ident = client.observe(EVERYONE, **from_(client, seen, **{"else": "resync"}))

        resync = client.events(ident=ident)[0]
        assert (resync["op"], resync["cause"], resync["from"]) == ("resync", "compacted", seen)
        assert resync["floor"] > seen
        assert told(client, ident)[1:] == ["add ann", "add bob", "synced"]


def test_the_floor_is_a_fact_of_the_system_space_and_a_metric(server, writer):
    seen = rev_of(writer, {"publish": '<present "ann">'})
    with JsonClient(server) as client:
        client.observe('<changes "main" $floor>', to=client.ask({"open": SYSTEM})["ref"])
        push_out(writer, seen)
        told_of = client.until(lambda event: event["op"] == "add" and
                               event["captures"]["floor"] > seen)
        assert metric(server, "avow_history_floor") >= told_of["captures"]["floor"]


# ---- S8 and restarts -----------------------------------------------------------------------------


def test_another_epoch_is_an_error_or_a_resync(server, writer):
    seen = rev_of(writer, {"publish": '<present "ann">'})
    other = {"from": seen, "epoch": "0123456789abcdef"}
    with JsonClient(server) as client:
        answer = client.ask({"observe": EVERYONE, **other})
        assert (answer["op"], answer["code"]) == ("error", "epoch-changed")

        ident = client.observe(EVERYONE, **other, **{"else": "resync"})
        assert client.events(ident=ident)[0]["cause"] == "server-restart"


def test_after_a_restart_nobody_goes_on_as_if_nothing_had_happened(avowd, tmp_path):
    server = Server(avowd, data=tmp_path / "avow.db")
    with JsonClient(server) as client:
        client.commit({"put": '<present "ann">'})
        client.publish('<present "bob">')
        seen = client.events(op="ok")[-1]["rev"]
        epoch = client.hello["epoch"]
        server.kill()
    server = Server(avowd, data=tmp_path / "avow.db")
    with JsonClient(server) as client:
        assert client.hello["epoch"] == epoch
        answer = client.ask({"observe": EVERYONE, **from_(client, seen)})
        assert (answer["op"], answer["code"]) == ("error", "compacted")

        ident = client.observe(EVERYONE, **from_(client, seen, **{"else": "resync"}))
        assert client.events(ident=ident)[0]["cause"] == "server-restart"
        assert told(client, ident)[1:] == ["add ann", "synced"]
    server.stop()


# ---- S10 -----------------------------------------------------------------------------------------


def test_an_idle_subscription_is_told_how_far_it_has_been_told_all(server, writer):
    with JsonClient(server) as client:
        ident = client.observe(EVERYONE, progress=100)
        elsewhere = rev_of(writer, {"publish": "<elsewhere 1>"})
        told_of = client.until(lambda event: event["op"] == "progress" and
                               event["rev"] >= elsewhere)
        assert told_of == {"op": "progress", "id": ident, "rev": elsewhere}
        # It can go on from there, though it was told nothing.
        again = client.observe(EVERYONE, **from_(client, elsewhere))
        assert told(client, again) == ["synced"]


def test_what_was_told_before_progress_was_all_of_it(server, writer):
    """The history is judged: after `progress` comes nothing of that revision or before."""
    with JsonClient(server) as client:
        client.observe(EVERYONE, progress=100)
        for number in range(200):
            writer.retract(writer.publish(f'<present "{number}">'))
        last = rev_of(writer, {"publish": "<elsewhere 1>"})
        client.until(lambda event: event["op"] == "progress" and event["rev"] >= last)


@pytest.mark.parametrize("wrong", [0, 99, 86_400_001, -5, "soon"])
def test_a_time_that_is_none_is_an_error(server, writer, wrong):
    answer = writer.ask({"observe": EVERYONE, "progress": wrong})
    assert (answer["op"], answer["code"]) == ("error", "bad-request")


# ---- V-N3 ----------------------------------------------------------------------------------------


class Follower:
    """Observes EVERYONE on one link after another, and goes on where it was."""

    def __init__(self):
        self.present, self.seen, self.epoch = set(), 0, None
        self._client = None

    def begin(self, server):
        self._client = JsonClient(server)
        return self

    def observe(self):
        options = {"from": self.seen, "epoch": self.epoch} if self.seen else {}
        self.epoch = self._client.hello["epoch"]
        self._client.tell({"observe": EVERYONE, "id": 1, **options})

    def read(self, until):
        """Reads up to a revision, or as far as the link goes."""
        try:
            while self.seen < until:
                self._take(self._client.next_turn())
        except (Closed, OSError):
            pass
        self._client.socket.channel.reset()

    def _take(self, turn):
        for event in turn:
            who = event.get("captures", {}).get("who")
            if event["op"] == "add":
                assert who not in self.present
                self.present.add(who)
            elif event["op"] == "remove":
                self.present.remove(who)
            else:
                assert event["op"] == "synced", event
            self.seen = event["rev"]


def test_a_link_cut_anywhere_loses_and_repeats_nothing(server, writer):
    """`AVOW_TEST_OFFSETS` says at how many offsets; 0 cuts at every byte."""
    held = {who: writer.publish(f'<present "{who}">') for who in range(5)}
    bytes_max = 5 * 110 + 12 * 110  # Of what is told below.
    count = count_of("AVOW_TEST_OFFSETS", 50)
    seed = random_seed()
    offsets = list(range(1, bytes_max))
    if count:
        offsets = sorted(random.Random(seed).sample(offsets, count))
    for offset in offsets:
        follower = Follower()
        with ChaosProxy(server.websocket_address) as proxy:
            follower.begin(proxy)
            proxy.link().cut_after("down", offset)
            follower.observe()
            change(writer, held, range(4))
            follower.read(until=writer.events(op="ok")[-1]["rev"])
        change(writer, held, range(2, 5))

        follower.begin(server).observe()
        follower.read(until=writer.events(op="ok")[-1]["rev"])

        assert follower.present == set(map(str, held)), f"offset {offset}, seed {seed}"


def change(writer, held, whom):
    """Each goes in a turn and comes back in another, but for one who only comes or goes."""
    for who in whom:
        writer.ask({"retract": held.pop(who)})
        held[who] = writer.publish(f'<present "{who}">')
    if "zoe" in held:
        writer.ask({"retract": held.pop("zoe")})
    else:
        held["zoe"] = writer.publish('<present "zoe">')
