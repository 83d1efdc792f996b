"""Turns that break the protocol's rules end the session whole; odd but legal ones are ignored."""

import pytest

from support.syndicate import SyndicateClient
from support.values import is_record, stringify
from support.witness import Witness, reason_of_end


@pytest.fixture
def witness(module_server):
    with Witness(module_server) as one:
        yield one


@pytest.fixture
def client(module_server):
    one = SyndicateClient(module_server)
    one.resolve()
    yield one
    one.wire.channel.close()


RULES_BROKEN = {
    "a handle used twice in a turn": "[[{ds} <A <planted> 5>] [{ds} <A <other> 5>]]",
    "a message with a new reference": "[[{ds} <A <planted> 5>] [{ds} <M <hello #:[0 77]>>]]",
    "a caveat that cannot work":
        "[[{ds} <A <planted> 5>] [{ds} <A <x #:[1 {ds} <rewrite <_> <ref 0>>]> 6>]]",
    "an assertion without a handle": "[[{ds} <A <planted> 5>] [{ds} <A <other>>]]",
    "a sync without a reference": "[[{ds} <A <planted> 5>] [{ds} <S 5>]]",
    "an oid that is no integer": '[[{ds} <A <planted> 5>] ["0" <R 5>]]',
    "a reference of no side": "[[{ds} <A <planted> 5>] [{ds} <A <x #:[2 5]> 6>]]",
}


@pytest.mark.parametrize("turn", RULES_BROKEN.values(), ids=RULES_BROKEN)
def test_a_broken_rule_ends_the_session_and_nothing_of_its_turn_takes_effect(
        client, witness, turn):
    client.say(turn.format(ds=client.oid))

    assert reason_of_end(client.wire)
    assert not witness.has_seen("planted")
    assert witness.still_served()


def test_a_handle_still_in_use_ends_the_session_and_its_facts_go(client, witness):
    client.publish("<first>")
    client.sync()
    used = client.fresh_handle() - 1

    client.say(f"[[{client.oid} <A <second> {used}>]]")

    assert reason_of_end(client.wire)
    assert witness.has_seen("first") and not witness.has_seen("second")
    assert witness.still_served()


def test_a_handle_may_be_used_again_after_its_retraction(client, witness):
    client.say(f"[[{client.oid} <A <once> 900>]]")
    client.say(f"[[{client.oid} <R 900>] [{client.oid} <A <twice> 900>]]")
    client.sync()

    assert witness.has_seen("twice")


def test_an_event_for_an_unknown_oid_is_ignored_and_its_handle_stays_free(client, witness):
    client.say("[[4711 <A <lost> 900>]]")
    client.say("[[4711 <M <lost>>] [4711 <S #:[0 88]>]]")
    client.say(f"[[{client.oid} <A <found> 900>]]")
    client.sync()

    assert witness.has_seen("found") and not witness.has_seen("lost")
    assert client.told(88) == []


def test_a_retraction_of_an_unknown_handle_is_ignored(client, witness):
    client.say(f"[[{client.oid} <R 4711>]]")

    assert client.sync()
    assert witness.still_served()


def test_an_unknown_extension_and_a_nop_are_ignored(client):
    client.say("<nobody knows this>")
    client.say("#f")

    assert client.sync()


def test_an_error_from_the_client_ends_its_session(client, witness):
    client.say('<error "I give up" #f>')

    reason_of_end(client.wire)
    assert witness.still_served()


@pytest.mark.parametrize("fact", ["<Observe 5 6>", "<Observe>", "<Observe <bogus> #:[0 9]>",
                                  "<Observe <bind <_>> 6>"])
def test_an_observe_that_does_not_parse_is_just_a_fact(client, witness, fact):
    client.publish(fact)
    client.sync()

    assert witness.has_seen("Observe")
    assert client.told(9) == []


@pytest.mark.parametrize("observe", [
    "<Observe <bogus> #:[0 9] {}>", "<Observe <bind <_>> #:[0 9] {no-such-option: 1}>",
    "<Observe <bind <_>> #:[0 9] {same: [[0 7]]}>",
], ids=["a broken pattern", "an unknown option", "a capture that is not there"])
def test_an_observer_with_options_is_told_what_is_wrong(client, observe):
    client.publish(observe)

    answer = client.until(lambda event: event.oid == 9 and event.kind == "A").body
    assert is_record(answer, "error"), stringify(answer)
    assert client.sync()


def test_a_message_may_carry_a_reference_asserted_earlier_in_its_turn(client, witness):
    entity = client.observe("<group <rec hello> {0: <bind <_>>}>")
    client.say(f"[[{client.oid} <A <held #:[0 77]> 901>] [{client.oid} <M <hello #:[0 77]>>]]")

    heard = client.until(lambda event: event.oid == entity and event.kind == "M")
    assert stringify(heard.body) == "[#:[1 77]]"
    assert witness.still_served()


def test_an_observer_that_feeds_itself_is_stopped(client, witness):
    client.publish(f"<Observe <group <rec loop> {{0: <bind <_>>}}> #:[1 {client.oid}]>")
    client.publish(f"<Observe <bind <_>> #:[1 {client.oid}]>")
    client.publish("<loop 1>")

    assert client.sync()
    assert witness.still_served()


def test_two_observers_that_feed_each_other_are_stopped(module_server, witness):
    with SyndicateClient(module_server) as one, SyndicateClient(module_server) as other:
        for client, hears, pattern in ((one, "ping", "pong"), (other, "pong", "ping")):
            client.resolve()
            client.publish(f"<Observe <group <rec {hears}> {{0: <bind <_>>}}> "
                           f"#:[1 {client.oid} <rewrite <arr [<bind <_>>]> "
                           f"<rec {pattern} [<ref 0>]>>]>")
        one.send("<ping 1>")
        one.publish("<ping 2>")

        assert one.sync() and other.sync()
        assert witness.still_served()
