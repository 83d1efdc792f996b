"""What the gatekeeper refuses, and with which word."""

import pytest

from support.syndicate import SyndicateClient
from support.values import stringify, sturdy_reference

SIG = '#x"69ca300c1dbfa08fba692102dd82311a"'
FAILED = "<error sturdyref-failed-validation>"
INVALID = "<error invalid>"
UNSUPPORTED = "<error unsupported>"

REFUSED = {
    "a wrong signature": ('<ref {oid: "syndicate" sig: #x"69ca300c1dbfa08fba692102dd82311b"}>',
                          FAILED),
    "an empty signature": ('<ref {oid: "syndicate" sig: #x""}>', FAILED),
    "half a signature": ('<ref {oid: "syndicate" sig: #x"69ca300c1dbfa08f"}>', FAILED),
    "the signature of another oid": (f"<ref {{oid: <space orders> sig: {SIG}}}>", None),
    "caveats that were not signed":
        (f'<ref {{oid: "syndicate" sig: {SIG} caveats: [<reject String>]}}>', FAILED),
    "caveats that are no list": (f'<ref {{oid: "syndicate" sig: {SIG} caveats: 5}}>', FAILED),
    "no signature": ('<ref {oid: "syndicate"}>', INVALID),
    "no oid": (f"<ref {{sig: {SIG}}}>", INVALID),
    "no parameters": ('<ref "syndicate">', INVALID),
    "an unknown step": ('<teleport {to: "mars"}>', UNSUPPORTED),
    "an unknown oid": (sturdy_reference('"nowhere"'), UNSUPPORTED),
}


@pytest.mark.parametrize("step, refusal", REFUSED.values(), ids=REFUSED)
def test_a_bad_reference_is_refused_with_its_word(module_server, step, refusal):
    with SyndicateClient(module_server) as client:
        answer = stringify(client.answer_to_resolve(step))

        assert answer.startswith("<error ") if refusal is None else answer == refusal
        assert client.resolve(), "the session goes on, and a good reference is accepted"


def test_a_caveat_that_cannot_work_is_refused(module_server):
    with SyndicateClient(module_server) as client:
        reference = sturdy_reference('"syndicate"', ["<rewrite <_> <ref 0>>"])

        assert stringify(client.answer_to_resolve(reference)).startswith("<error ")


def test_a_caveat_that_nobody_knows_stops_everything(module_server):
    with SyndicateClient(module_server) as client, SyndicateClient(module_server) as watcher:
        client.resolve(sturdy_reference('"syndicate"', ["<no such caveat>"]))
        watcher.resolve()
        entity = watcher.observe("<group <rec stopped> {0: <bind <_>>}>")

        client.publish("<stopped 1>")
        client.send("<stopped 2>")
        client.sync()
        watcher.sync()

        assert watcher.told(entity) == []


def test_a_removed_caveat_is_noticed(module_server):
    with SyndicateClient(module_server) as client:
        full = sturdy_reference('"syndicate"', ["<reject <rec secret [<_>]>>"])
        stripped = full[:full.index(" caveats:")] + "}>"

        assert stringify(client.answer_to_resolve(stripped)) == FAILED


def test_the_withdrawal_of_a_request_withdraws_its_answer(module_server):
    with SyndicateClient(module_server) as client:
        client.say('[[0 <A <resolve <teleport {}> #:[0 9]> 900>]]')
        refusal = client.until(lambda event: event.oid == 9 and event.kind == "A")

        client.say("[[0 <R 900>]]")

        gone = client.until(lambda event: event.oid == 9 and event.kind == "R")
        assert gone.handle == refusal.handle
