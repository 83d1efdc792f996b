"""docs/PROTOCOL.md is true: its JSON blocks are sent as they stand, and answered as it says.

A chapter (a heading `##`) is a conversation with a fresh server. Its fenced blocks are, in order:

    ```json          what the reader sends
    ```json other    what another client sends
    ```json answer   the next message that the reader gets
    ```json again    the reader's connection is lost; what it sends first on a new one

A resume token, and the epoch, of the page stand for those that the server gave. What may differ
from server to server is not compared: the epoch, the version, the limits, how surely something is
kept, and the sentences of errors, which are for people.
"""

import json
import pathlib
import re

import pytest

from support.json_client import JsonClient
from support.websocket import WebSocket

PAGE = pathlib.Path(__file__).parents[3] / "docs" / "PROTOCOL.md"
FENCE = re.compile(r"^```(?P<info>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
EPOCH = "5c1f0e62b7a94d38"  # Of the server on the page.
VARIES = ("epoch", "version", "limits", "level", "message", "resume")


class Block:
    """One fenced block: who says it, and what."""

    def __init__(self, info, text, line):
        self.speaker = info.removeprefix("json").strip() or "reader"
        self.text = text
        self.line = line


def chapters():
    """The JSON blocks of each chapter that has some, by its heading."""
    found = {}
    parts = re.split(r"^## (.*)$", PAGE.read_text(), flags=re.MULTILINE)
    line = parts[0].count("\n") + 1
    for heading, body in zip(parts[1::2], parts[2::2]):
        blocks = [Block(match["info"], match["text"], line + body[:match.start()].count("\n"))
                  for match in FENCE.finditer(body) if match["info"].split()[:1] == ["json"]]
        if blocks:
            found[heading] = blocks
        line += body.count("\n")
    return found


CHAPTERS = chapters()


def comparable(message):
    """The message without what differs from server to server."""
    if isinstance(message, list):
        return [comparable(each) for each in message]
    if isinstance(message, dict):
        return {key: "varies" if key in VARIES else comparable(value)
                for key, value in message.items()}
    return message


class Reader:
    """Plays the part of whoever reads the page."""

    def __init__(self, server):
        self._server = server
        self._tokens, self._epoch = {}, EPOCH
        self._connect()

    def _connect(self):
        self._socket = WebSocket.connect(self._server.websocket_address, "avow.json.v1")

    def say(self, text):
        for written, given in {**self._tokens, EPOCH: self._epoch}.items():
            text = text.replace(written, given)
        self._socket.send(1, text.encode())

    def hear(self):
        heard = json.loads(self._socket.receive_message()[1])
        if "hello" in heard:
            self._epoch = heard["hello"]["epoch"]
        return heard

    def come_again(self):
        self._socket.channel.reset()
        self._connect()
        self.hear()

    def note_tokens(self, heard, written):
        if isinstance(heard, list):
            for ours, theirs in zip(written, heard):
                if "resume" in theirs:
                    self._tokens[ours["resume"]] = theirs["resume"]

    def close(self):
        self._socket.close()


@pytest.mark.parametrize("heading", CHAPTERS)
def test_a_chapter_is_answered_as_it_says(server, heading):
    reader, other = Reader(server), JsonClient(server)
    said_hello = any('"hello"' in block.text for block in CHAPTERS[heading])
    if not said_hello:
        reader.hear()
    for block in CHAPTERS[heading]:
        where = f"PROTOCOL.md:{block.line}"
        if block.speaker == "reader":
            reader.say(block.text)
        elif block.speaker == "other":
            other.tell_text(block.text)
            other.next_turn()
        elif block.speaker == "again":
            reader.come_again()
            reader.say(block.text)
        else:
            assert block.speaker == "answer", f"{where}: nobody is called {block.speaker}"
            heard, written = reader.hear(), json.loads(block.text)
            assert comparable(heard) == comparable(written), where
            reader.note_tokens(heard, written)
    reader.close()
    other.socket.close()


def test_the_page_shows_every_request_and_every_event():
    text = "".join(block.text for blocks in CHAPTERS.values() for block in blocks)

    for verb in ("publish", "send", "observe", "query", "retract", "sync", "open", "commit", "take",
                 "lease", "resume", "acknowledge", "grant"):
        assert f'"{verb}": ' in text, f"no block shows {verb}"
    for event in ("add", "remove", "message", "synced", "sync", "ok", "expired", "turn", "resync",
                  "gap", "error"):
        assert f'"op": "{event}"' in text, f"no block shows {event}"
