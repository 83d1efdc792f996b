"""The space in which the server tells of itself: what its log has."""

from support.json_client import JsonClient
from support.server import Server
from support.values import sturdy_reference

SYSTEM = sturdy_reference('<space "avow.system">')
HISTORY = "<history $epoch $floor $head>"


def watcher(server):
    client = JsonClient(server)
    client.observe(HISTORY, to=client.ask({"open": SYSTEM})["ref"])
    return client


def histories(client):
    return [event["captures"] for event in client.events(op="add")]


def test_what_the_log_has_can_be_watched(avowd, tmp_path):
    server = Server(avowd, data=tmp_path / "avow.db")
    with watcher(server) as client, JsonClient(server) as writer:
        assert histories(client) == [{"epoch": client.hello["epoch"], "floor": 0, "head": 0}]

        first = writer.commit({"put": "<n 1>"})["seq"]
        last = writer.commit({"put": "<n 2>"})["seq"]
        client.until(lambda event: event["op"] == "add" and event["captures"]["head"] == last)

        assert histories(client)[-1] == {"epoch": client.hello["epoch"], "floor": first,
                                         "head": last}
    server.stop()


def test_only_the_server_tells_anything_there(server):
    with watcher(server) as client:
        for request, code in [({"publish": "<history 1 2 3>"}, "read-only"),
                              ({"commit": [{"put": "<history 1 2 3>"}]}, "unsupported")]:
            refusal = client.ask(request)
            assert (refusal["op"], refusal["code"]) == ("error", code)
        client.sync()
        assert len(histories(client)) == 1
