"""The checker of histories finds every planted fault."""

import pytest

from support.history import Broken, History

COMMITTED = {11: ({"a"}, set()), 12: ({"b", "c"}, {"a"}), 13: (set(), {"b"})}


def history(turns, facts=(), revision=10):
    one = History()
    one.snapshot(list(facts), revision)
    for at, (added, removed) in turns:
        one.turn(at, list(added), list(removed))
    return one


def test_a_true_history_passes():
    one = history(COMMITTED.items())

    one.check(COMMITTED)

    assert one.live == {"c"}


def test_a_lost_turn_is_found():
    with pytest.raises(Broken, match="Reliable"):
        history(list(COMMITTED.items())[:2]).check(COMMITTED)


def test_an_invented_turn_is_found():
    with pytest.raises(Broken, match="Reliable"):
        history([*COMMITTED.items(), (14, ({"d"}, set()))]).check(COMMITTED)


def test_a_turn_told_in_part_is_found():
    with pytest.raises(Broken, match="Atomic"):
        history([(11, ({"a"}, set())), (12, ({"b"}, {"a"})), (13, (set(), {"b"}))]).check(COMMITTED)


def test_a_turn_told_twice_is_found():
    with pytest.raises(Broken, match="Ordered"):
        history([(11, ({"a"}, set())), (11, ({"a"}, set()))])


def test_turns_in_the_wrong_order_are_found():
    with pytest.raises(Broken, match="Ordered"):
        history([(12, ({"b"}, set())), (11, ({"a"}, set()))])


def test_a_turn_of_the_snapshot_told_again_is_found():
    with pytest.raises(Broken, match="Ordered"):
        history([(10, ({"b"}, set()))])


def test_a_fact_that_comes_twice_is_found():
    with pytest.raises(Broken, match="Unique"):
        history([(11, ({"a"}, set()))], facts=["a"])


def test_a_fact_that_goes_without_being_there_is_found():
    with pytest.raises(Broken, match="Unique"):
        history([(11, (set(), {"a"}))])


def test_a_snapshot_with_a_fact_twice_is_found():
    with pytest.raises(Broken, match="Unique"):
        history([], facts=["a", "a"])
