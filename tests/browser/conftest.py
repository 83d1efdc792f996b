"""Fixtures of the browser tests: a running server, and a browser that shows its page."""

import base64
import os
import sys
from pathlib import Path

import pytest

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration"))

from support import environment  # noqa: E402

environment.ensure()

from support.server import Server  # noqa: E402
from support.syndicate import SyndicateClient  # noqa: E402
from webdriver import Browser  # noqa: E402

AVOWD = os.environ.get("AVOWD", str(environment.repository() / "build" / "test" / "avowd"))


@pytest.fixture
def server():
    running = Server(AVOWD)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def chromium():
    running = Browser()
    yield running
    running.close()


@pytest.fixture
def page(chromium, server, request):
    """The server's page, connected. With AVOW_SCREENSHOTS=folder its last state is kept there."""
    chromium.open("about:blank")
    chromium.complaints()
    chromium.open(server.url.replace("ws", "http", 1) + "/")
    chromium.wait_for("document.getElementById('state').dataset.state === 'open'")
    yield chromium
    if folder := os.environ.get("AVOW_SCREENSHOTS"):
        picture = base64.b64decode(chromium.screenshot())
        (Path(folder) / f"{request.node.name}.png").write_bytes(picture)
    complaints = chromium.complaints()
    chromium.open("about:blank")  # Its connection ends before the server does.
    assert complaints == [], "the browser complained"


@pytest.fixture
def other(server):
    """Another client, on a plain Syndicate connection."""
    with SyndicateClient(server) as client:
        client.resolve()
        yield client
