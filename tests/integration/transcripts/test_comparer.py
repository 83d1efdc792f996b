"""The comparer of replayed conversations finds every planted fault, and allows what is free."""

import pytest

from comparer import Block, Comparer, Mismatch
from recording import Told, load, recordings, turn_events
from support.values import parse, stringify


def block(*packets, syncs=None, targets=None, cause=0, ordered=True):
    """What was recorded: packets as text, or (cause, packet)."""
    told = []
    for number, packet in enumerate(packets):
        its_cause, text = packet if isinstance(packet, tuple) else (cause, packet)
        told += [Told(event, number, its_cause) for event in turn_events(parse(text))]
    return Block(told, syncs or {}, targets or {}, ordered)


def compare(recorded, *actual, comparer=None):
    """Compares one block with packets given as text."""
    comparer = comparer or Comparer()
    comparer.compare(recorded, [parse(text) for text in actual])
    return comparer


def rejects(recorded, *actual, comparer=None):
    with pytest.raises(Mismatch):
        compare(recorded, *actual, comparer=comparer)
    return True


def test_equal_events_are_equal_under_other_handles_and_oids():
    recorded = block("[[0 <A <ok #:[0 1]> 513>]]")

    comparer = compare(recorded, "[[0 <A <ok #:[0 77]> 4>]]")

    assert comparer.names.actual("oid", 1) == 77


def test_a_missing_event_is_found():
    assert rejects(block("[[1 <A [1] 5>]]", "[[1 <A [2] 6>]]"), "[[1 <A [1] 5>]]")


def test_a_missing_retraction_is_found():
    comparer = compare(block("[[1 <A [1] 5>]]"), "[[1 <A [1] 9>]]")

    assert rejects(block("[[1 <R 5>]]"), comparer=comparer)


def test_an_event_too_much_is_found():
    assert rejects(block("[[1 <A [1] 5>]]"), "[[1 <A [1] 5>] [1 <M [1]>]]")


def test_a_wrong_value_is_found():
    assert rejects(block("[[1 <A [1] 5>]]"), "[[1 <A [1.0] 5>]]")


def test_a_wrong_entity_is_found():
    assert rejects(block("[[1 <A [1] 5>]]"), "[[2 <A [1] 5>]]")


def test_a_message_in_place_of_an_assertion_is_found():
    assert rejects(block("[[1 <A [1] 5>]]"), "[[1 <M [1]>]]")


def test_a_retraction_of_the_wrong_handle_is_found():
    comparer = compare(block("[[1 <A [1] 5>] [1 <A [2] 6>]]"), "[[1 <A [1] 1>] [1 <A [2] 2>]]")

    assert rejects(block("[[1 <R 5>]]"), "[[1 <R 2>]]", comparer=comparer)


def test_one_name_for_two_things_is_found():
    assert rejects(block("[[1 <A [#:[0 1] #:[0 2]] 5>]]"), "[[1 <A [#:[0 7] #:[0 7]] 5>]]")


def test_two_names_for_one_thing_are_found():
    assert rejects(block("[[1 <A [#:[0 1] #:[0 1]] 5>]]"), "[[1 <A [#:[0 7] #:[0 8]] 5>]]")


def test_a_name_that_changes_its_meaning_later_is_found():
    comparer = compare(block("[[1 <A [#:[0 1]] 5>]]"), "[[1 <A [#:[0 7]] 5>]]")

    assert rejects(block("[[1 <A <again #:[0 1]> 6>]]"), "[[1 <A <again #:[0 8]> 6>]]",
                   comparer=comparer)


def test_a_wrong_number_of_the_clients_own_is_found():
    assert rejects(block("[[1 <A [#:[1 3]] 5>]]"), "[[1 <A [#:[1 4]] 5>]]")


def test_swapped_messages_are_found():
    assert rejects(block("[[1 <M 1>] [1 <M 2>]]"), "[[1 <M 2>] [1 <M 1>]]")


def test_effects_of_two_packets_in_the_wrong_order_are_found():
    assert rejects(block((0, "[[1 <A [1] 5>]]"), (1, "[[1 <M [2]>]]")),
                   "[[1 <M [2]>]]", "[[1 <A [1] 5>]]")


def test_an_answer_to_a_sync_that_overtakes_is_found():
    recorded = block((0, "[[1 <A [1] 5>]]"), (2, "[[9 <M #t>]]"),
                     syncs={9: (7, 2)}, targets={0: {7}, 2: {7}})

    assert rejects(recorded, "[[9 <M #t>]]", "[[1 <A [1] 5>]]")


def test_an_answer_to_a_sync_elsewhere_may_overtake():
    recorded = block((0, "[[1 <A [1] 5>]]"), (2, "[[9 <M #t>]]"),
                     syncs={9: (8, 2)}, targets={0: {7}, 2: {8}})

    assert compare(recorded, "[[9 <M #t>]]", "[[1 <A [1] 5>]]")


def test_a_turn_that_is_torn_apart_is_found():
    assert rejects(block("[[1 <A [1] 5>] [1 <A [2] 6>]]"), "[[1 <A [1] 5>]]", "[[1 <A [2] 6>]]")


def test_two_turns_may_come_as_one():
    assert compare(block("[[1 <A [1] 5>]]", "[[1 <A [2] 6>]]"), "[[1 <A [1] 5>] [1 <A [2] 6>]]")


def test_assertions_of_one_packet_may_come_in_any_order():
    assert compare(block("[[1 <A [1] 5>] [1 <A [2] 6>]]"), "[[1 <A [2] 1>] [1 <A [1] 2>]]")


def test_entities_are_told_independently_of_each_other():
    assert compare(block((0, "[[1 <M 1>]]"), (1, "[[2 <M 2>]]")), "[[2 <M 2>]]", "[[1 <M 1>]]")


def test_what_appears_and_goes_between_quiet_points_may_be_left_out():
    assert compare(block("[[1 <A [1] 5>]]", "[[1 <R 5>]]"))
    assert compare(block(), "[[1 <A [1] 5>]]", "[[1 <R 5>]]")


def test_what_goes_and_comes_again_equal_may_be_left_out_and_keeps_its_old_handle():
    comparer = compare(block("[[1 <A [1] 5>]]"), "[[1 <A [1] 9>]]")
    compare(block("[[1 <R 5>]]", "[[1 <A [1] 6>]]"), comparer=comparer)

    assert compare(block("[[1 <R 6>]]"), "[[1 <R 9>]]", comparer=comparer)


def test_what_goes_and_comes_again_different_may_not_be_left_out():
    comparer = compare(block("[[1 <A [1] 5>]]"), "[[1 <A [1] 9>]]")

    assert rejects(block("[[1 <R 5>]]", "[[1 <A [2] 6>]]"), comparer=comparer)


def test_records_of_our_own_are_ignored_and_so_is_their_end():
    comparer = compare(block(), "[[1 <A [<avow-service keeper #:[0 3]>] 5>]]")

    assert compare(block(), "[[1 <R 5>]]", comparer=comparer)


def test_only_a_request_that_was_left_waiting_may_be_refused_as_unsupported():
    refusal = "[[2 <A <error unsupported> 5>]]"

    assert compare(block(), refusal, comparer=Comparer(unanswered=[2]))
    assert rejects(block(), refusal)


def test_equal_captures_are_told_apart_by_what_names_them_later():
    comparer = compare(block("[[1 <A [#:[0 1]] 5>] [1 <A [#:[0 2]] 6>]]"),
                       "[[1 <A [#:[0 8]] 1>] [1 <A [#:[0 9]] 2>]]")

    assert rejects(block("[[1 <R 6>]]"), "[[1 <R 1>]]", comparer=comparer)


@pytest.mark.parametrize("path", recordings(), ids=lambda path: path.stem)
def test_a_recording_read_as_told_events_ends_as_it_says(path):
    recording = load(path)

    assert _story(recording) == recording.ends_with


@pytest.mark.parametrize("path", recordings(), ids=lambda path: path.stem)
def test_a_recording_equals_itself(path):
    steps = [step for part in load(path).blocks for step in part if step.kind == "s2c"]
    assert steps
    for conn in {step.conn for step in steps}:
        packets = [step.packet for step in steps if step.conn == conn]
        told = [Told(event, number, number) for number, packet in enumerate(packets)
                for event in turn_events(packet)]
        Comparer().compare(Block(told, {}, {}), packets)


def _story(recording):
    """What every entity was told, written as the recording's `ends_with` writes it."""
    story, values = {}, {}
    for step in (step for part in recording.blocks for step in part if step.kind == "s2c"):
        for event in turn_events(step.packet):
            if event.kind == "A":
                values[step.conn, event.handle] = event.body
            body = values[step.conn, event.handle] if event.kind == "R" else event.body
            line = {"A": "+", "R": "-", "M": "!"}[event.kind] + " " + _printed(body)
            story.setdefault(str(step.conn), {}).setdefault(str(event.oid), []).append(line)
    return story


def _printed(value):
    return stringify(value, format_embedded=lambda _: parse("ref"))
