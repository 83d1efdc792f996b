"""What the WebSocket port refuses before the upgrade, by a sentence that names the way out."""

import pytest

from support.channel import Channel
from support.echo import EchoSocket, text_packet
from support.json_client import JsonClient
from support.server import Server
from support.websocket import (TEXT, Closed, Refused, WebSocket, encode_frame, read_response,
                               upgrade_request)

SUBPROTOCOLS = ("syndicate", "avow.capnp.v1", "avow.json.v1")


def response_to(server, **changes):
    channel = Channel.tcp(server.websocket_address)
    channel.send(upgrade_request(server.websocket_address, **changes))
    response = read_response(channel)
    channel.close()
    return response


def response_to_bytes(server, request):
    channel = Channel.tcp(server.websocket_address)
    channel.send(request)
    response = read_response(channel)
    channel.close()
    return response


def everything_told(socket):
    """All messages up to the close, and the reason of that."""
    told = ""
    try:
        while True:
            told += socket.receive_message()[1].decode()
    except Closed as closed:
        return told + closed.reason


def host_of(server):
    host, port = server.websocket_address
    return f"{host}:{port}"


@pytest.mark.parametrize("subprotocol", SUBPROTOCOLS)
def test_a_known_subprotocol_is_accepted_by_name(module_server, subprotocol):
    socket = WebSocket.connect(module_server.websocket_address, subprotocol)

    assert socket.response.headers["sec-websocket-protocol"] == subprotocol
    socket.channel.close()


def test_without_a_subprotocol_none_is_named(module_server):
    with EchoSocket.open(module_server) as socket:
        assert "sec-websocket-protocol" not in socket.response.headers
        assert socket.still_echoes()


def test_of_several_subprotocols_a_known_one_is_taken(module_server):
    socket = WebSocket.connect(module_server.websocket_address, "chat, avow.json.v1")

    assert socket.response.headers["sec-websocket-protocol"] == "avow.json.v1"
    socket.channel.close()


def test_only_unknown_subprotocols_are_refused_by_naming_the_known(module_server):
    with pytest.raises(Refused) as refused:
        WebSocket.connect(module_server.websocket_address, "chat, mqtt")

    assert refused.value.response.status == 400
    assert all(name in refused.value.response.body for name in SUBPROTOCOLS)


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost:5173",
                                    "https://127.0.0.1", "file://"])
def test_a_foreign_origin_is_refused_by_naming_the_flag(module_server, origin):
    response = response_to(module_server, Origin=origin)

    assert response.status == 403
    assert "--origin" in response.body


def test_the_servers_own_origin_is_accepted(module_server):
    assert response_to(module_server, Origin=f"http://{host_of(module_server)}").status == 101


def test_an_origin_that_was_named_is_accepted(avowd):
    server = Server(avowd, "--origin", "http://localhost:5173")

    assert response_to(server, Origin="http://localhost:5173").status == 101
    assert response_to(server, Origin="http://localhost:5174").status == 403
    assert response_to(server, Origin="http://localhost:51730").status == 403
    server.stop()


@pytest.mark.parametrize("host", ["evil.example", "evil.example:7370", "localhost.evil.example",
                                  "127.0.0.1.evil.example", "10.0.0.1"])
def test_a_foreign_host_is_refused_by_naming_the_flag(module_server, host):
    response = response_to(module_server, Host=host)

    assert 400 <= response.status < 500
    assert "--host-name" in response.body


def test_a_loopback_name_is_accepted_as_host(module_server):
    port = module_server.websocket_address[1]

    assert response_to(module_server, Host=f"localhost:{port}").status == 101
    assert response_to(module_server, Host=f"LOCALHOST:{port}").status == 101
    assert response_to(module_server, Host=f"[::1]:{port}").status == 101


def test_a_host_that_was_named_is_accepted(avowd):
    server = Server(avowd, "--host-name", "facts.example")

    assert response_to(server, Host=f"facts.example:{server.websocket_address[1]}").status == 101
    assert 400 <= response_to(server, Host="other.example").status < 500
    server.stop()


@pytest.mark.parametrize("changes", [
    {"Host": None}, {"Upgrade": None}, {"Connection": "close"}, {"Sec_WebSocket_Key": None},
    {"Sec_WebSocket_Version": "8"}, {"Sec_WebSocket_Version": None},
], ids=lambda changes: " ".join(f"{name} {value}" for name, value in changes.items()))
def test_an_incomplete_upgrade_is_refused(module_server, changes):
    response = response_to(module_server, **changes)

    assert response.status == 200 if "Upgrade" in changes else 400 <= response.status < 500


@pytest.mark.parametrize("changes", [
    {"Content_Length": "5"}, {"Transfer_Encoding": "chunked"},
    {"Content_Length": "5", "Transfer_Encoding": "chunked"},
], ids=lambda changes: " ".join(changes))
def test_an_upgrade_with_a_body_is_refused(module_server, changes):
    assert 400 <= response_to(module_server, **changes).status < 500


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_any_method_but_get_is_refused(module_server, method):
    request = upgrade_request(module_server.websocket_address).replace(b"GET", method.encode(), 1)

    assert 400 <= response_to_bytes(module_server, request).status < 500


@pytest.mark.parametrize("request_bytes", [
    b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03", b"GET\r\n\r\n", b"\r\n\r\n\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n", b"GET / HTTP/1.1\r\nNo colon\r\n\r\n", b"\x00" * 64 + b"\r\n\r\n",
], ids=["TLS", "no target", "empty lines", "a version to come", "a broken header", "zeros"])
def test_what_is_no_http_is_dropped_and_disturbs_nobody(module_server, request_bytes):
    with EchoSocket.open(module_server) as other:
        channel = Channel.tcp(module_server.websocket_address)
        channel.send(request_bytes)
        channel.end_sending()

        received = channel.receive_all()
        channel.close()
        assert b" 101 " not in received
        assert other.still_echoes()


@pytest.mark.parametrize("size", [9 << 10, 1 << 20])
def test_a_head_that_is_too_large_is_refused(module_server, size):
    with EchoSocket.open(module_server) as other:
        channel = Channel.tcp(module_server.websocket_address)
        try:
            channel.send(upgrade_request(module_server.websocket_address, X_Long="x" * size))
        except OSError:
            pass  # It is refused while it is still being sent.

        assert b" 101 " not in channel.receive_all()
        channel.close()
        assert other.still_echoes()


def test_a_head_in_single_bytes_is_understood(module_server):
    channel = Channel.tcp(module_server.websocket_address)
    channel.send_bytewise(upgrade_request(module_server.websocket_address))

    assert read_response(channel).status == 101
    channel.close()


def test_frames_sent_together_with_the_upgrade_are_answered(module_server):
    channel = Channel.tcp(module_server.websocket_address)
    channel.send(upgrade_request(module_server.websocket_address) +
                 encode_frame(TEXT, text_packet()))
    response = read_response(channel)

    assert response.status == 101
    assert EchoSocket(channel, response).is_answered()
    channel.close()


def test_json_where_no_subprotocol_was_named_is_answered_by_naming_it(module_server):
    with EchoSocket.open(module_server) as socket, JsonClient(module_server) as other:
        socket.send(TEXT, b'{"publish": "<greeting \\"hello\\">", "id": 1}')

        assert "avow.json.v1" in everything_told(socket)
        assert other.sync()
