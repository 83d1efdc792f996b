"""Two `avow` commands, the page in a browser and somebody who types packets share one space."""

import os
import socket
from pathlib import Path

import pytest

from support import environment
from support.cli import Avow
from support.lines import LineReader

AVOW = os.environ.get("AVOW", str(environment.repository() / "build" / "test" / "avow"))
FACTS = "[...document.querySelectorAll('#facts li code')].map(code => code.textContent)"

RESOLVE = ('[[0 <A <resolve <ref {oid: "syndicate" sig: #x"69ca300c1dbfa08fba692102dd82311a"}>'
           ' #:[0 0]> 1>]]')
OBSERVE = "[[1 <A <Observe <group <rec present> {0: <bind <_>>}> #:[0 7]> 2>]]"


class Typist:
    """Types lines of Preserves text into the server's Unix socket, and reads what comes."""

    def __init__(self, path: Path):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(str(path))
        self._heard = LineReader(self._socket.makefile("rb"))

    def type(self, line):
        self._socket.sendall(line.encode() + b"\n")

    def hears(self, words):
        """Waits for a line that holds these words."""
        self._heard.until(lambda line: words in line)

    def leave(self):
        self._socket.shutdown(socket.SHUT_RDWR)
        self._heard.close()
        self._socket.close()


@pytest.fixture
def commands(server):
    running = Avow(AVOW, server)
    yield running
    running.close()


@pytest.fixture
def typist(server):
    typing = Typist(server.unix_path)
    typing.type(RESOLVE)
    typing.hears("<ok #:[0 1]>")
    typing.type(OBSERVE)
    yield typing
    typing.leave()


def test_four_kinds_of_clients_see_each_other_come_and_go(page, commands, typist):
    watching = commands.watch("<present $who>")
    page.type("#pattern", "<present $who>")
    page.wait_for("document.getElementById('nothing').textContent === 'No fact matches now.'")

    holding = commands.start("publish", '<present "command">')
    assert watching.out.next() == '+ <present "command">'
    typist.hears('["command"]')

    page.type("#fact", '<present "page">')
    assert watching.out.next() == '+ <present "page">'
    typist.hears('["page"]')

    typist.type('[[1 <A <present "typist"> 3>]]')
    assert watching.out.next() == '+ <present "typist">'
    typist.hears('["typist"]')
    page.wait_for(f"{FACTS}.length === 3")
    assert sorted(page.run(f"return {FACTS}")) == [
        '<present "command">', '<present "page">', '<present "typist">']

    holding.interrupt()
    assert watching.out.next() == '- <present "command">'
    page.click("#mine button")
    assert watching.out.next() == '- <present "page">'
    typist.type("[[1 <R 3>]]")
    assert watching.out.next() == '- <present "typist">'
    page.wait_for(f"{FACTS}.length === 0")
