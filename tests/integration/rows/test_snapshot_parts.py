"""S14, S4: a large snapshot comes in parts, at one cut; others are served between them."""

import itertools

from support.json_client import JsonClient

# More, all together, than the buffers of a connection hold.
FACTS = 20_000
TEXT = "x" * 1_000
A_TURN = 500
PART_BYTES = 256 << 10


def publish_many(client, count):
    """Facts `<row 1 …>` to `<row count …>`; the ids under which they are held, by number."""
    ids = {}
    for start in range(1, count + 1, A_TURN):
        turn = []
        for n in range(start, min(start + A_TURN, count + 1)):
            ids[n] = client.fresh_id()
            turn.append({"publish": {"<row>": [n, TEXT]}, "id": ids[n]})
        client.tell(turn)
        client.sync()
    return ids


def begin_to_observe(client, pattern):
    ident = client.fresh_id()
    client.tell({"observe": pattern, "id": ident})
    return ident


def read_until_synced(client, ident):
    """All turns up to the one that says so, each a list of events."""
    seen = len(client.turns)
    client.wait_synced(ident)
    return client.turns[seen:]


def apply(held, turns, ident):
    for event in itertools.chain.from_iterable(turns):
        if event.get("id") != ident:
            continue
        if event["op"] == "add":
            assert event["captures"]["n"] not in held, "a fact came twice"
            held.add(event["captures"]["n"])
        if event["op"] == "remove":
            held.remove(event["captures"]["n"])


def test_what_is_there_comes_in_parts_and_the_last_one_is_synced(server):
    writer = JsonClient(server)
    publish_many(writer, FACTS)
    reader = JsonClient(server)

    ident = begin_to_observe(reader, "<row $n _>")
    turns = read_until_synced(reader, ident)

    assert len(turns) > FACTS * len(TEXT) / PART_BYTES
    held = set()
    apply(held, turns, ident)
    assert held == set(range(1, FACTS + 1))
    assert [event["op"] for turn in turns for event in turn].count("synced") == 1
    assert turns[-1][-1]["op"] == "synced"


def test_other_subscriptions_are_told_of_turns_between_the_parts(server):
    writer = JsonClient(server)
    ids = publish_many(writer, FACTS)
    reader = JsonClient(server)
    small = reader.observe("<small $n>")

    large = begin_to_observe(reader, "<row $n _>")
    reader.next_turn()
    for n in range(1, 21):
        writer.tell({"publish": {"<small>": [n]}, "id": writer.fresh_id()})
        writer.tell({"retract": ids[n]})
    writer.sync()
    turns = [reader.turns[-1]] + read_until_synced(reader, large)

    before_the_end = [event for turn in turns[:-1] for event in turn if event.get("id") == small]
    assert before_the_end, "they had to wait for the snapshot"
    held = set()
    seen = len(reader.turns)
    reader.sync()
    apply(held, turns + reader.turns[seen:], large)
    assert held == set(range(21, FACTS + 1))
