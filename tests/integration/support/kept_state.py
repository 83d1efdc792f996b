"""What a server keeps, held against a model of it."""

import json

from support.json_client import JsonClient
from support.kept_model import Mismatch
from support.turns import key_of

OPS_AT_ONCE = 1_000


def _difference(what, found, expected):
    if found != expected:
        found, expected = set(found), set(expected)
        raise Mismatch(f"{what}: lost {sorted(expected - found)[:10]}, "
                       f"invented {sorted(found - expected)[:10]} (or in another order)")


def check_kept(server, model):
    """Facts, items in their order, and leases are those of the model, and nothing else is."""
    with JsonClient(server) as client:
        facts = [key_of(row["fact"]) for row in client.query("$everything")]
        assert len(facts) == len(set(facts))
        _difference("facts", set(facts), model.facts())
        check_items(client, model.items)
        _check_leases(client, model)


def check_items(client, items):
    """The items that can be taken are these, by number and value, in that order. The client holds
    them afterwards."""
    # Those that somebody held a moment ago may be on their way back, so this waits for them.
    taken = []
    while len(taken) < len(items):
        count = min(OPS_AT_ONCE, len(items) - len(taken))
        taken += client.commit(*[{"take": "$item"}] * count, timeout=20_000)["results"]
    _difference("items", [(one["id"], key_of(one["value"])) for one in taken],
                list(items.items()))
    left = client.ask({"take": "$item"})
    assert left.get("code") == "empty", f"an item was invented: {json.dumps(left)}"


def _check_leases(client, model):
    leases = list(model.leases)
    for at in range(0, len(leases), OPS_AT_ONCE):
        client.commit(*[{"renew": lease} for lease in leases[at:at + OPS_AT_ONCE]])
