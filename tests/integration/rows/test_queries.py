"""Q1: patterns with captures, asked once (query) or kept (observe), answer the same."""

import json

import pytest

from support.json_client import JsonClient

FACTS = [
    '<temperature "kitchen" 21.5>', '<temperature "hall" 18.0>', '<temperature "hall" 18>',
    '<temperature "kitchen" 21.5 "extra">', "<pair 1 1>", "<pair 1 2>", "<pair 1 1.0>",
    "<pair [1 {a: 2}] [1 {a: 2}]>", "<pair #{1 2} #{2 1}>",
    '<house {kitchen: <lamp on> hall: <lamp off>}>', "<house {hall: <lamp on>}>",
    "<list [1 2 3]>", "<list [1 2]>", "<list []>", '<bytes #x"00ff">', "<flag #t>", "<flag #f>",
    "<big 123456789012345678901234567890>", "<set #{1 2 3}>", '<"text label" 1>',
    '<deep <deeper <deepest "value">>>', '<nothing>',
]

# pattern -> captures of each row, as JSON, in any order
PATTERNS = {
    '<temperature "hall" $t>': [{"t": 18}, {"t": {"$double": 18}}],
    '<temperature $room 21.5>': [{"room": "kitchen"}, {"room": "kitchen"}],
    '<temperature _ _ $more>': [{"more": "extra"}],
    '<temperature "attic" _>': [],
    "<pair $x $x>": [{"x": 1}, {"x": [1, {"$dict": [[{"$symbol": "a"}, 2]]}]},
                     {"x": {"$set": [1, 2]}}],
    "<pair 1 $y>": [{"y": 1}, {"y": 2}, {"y": {"$double": 1}}],
    "<pair $x 2>": [{"x": 1}],
    "<house {kitchen: <lamp $state>}>": [{"state": {"$symbol": "on"}}],
    "<house {hall: <lamp $state>}>": [{"state": {"$symbol": "off"}}, {"state": {"$symbol": "on"}}],
    "<house {kitchen: <lamp $a> hall: <lamp $b>}>":
        [{"a": {"$symbol": "on"}, "b": {"$symbol": "off"}}],
    "<list [1 $second]>": [{"second": 2}, {"second": 2}],
    "<list [_ _ $third]>": [{"third": 3}],
    "<list []>": [{}, {}, {}],
    '<bytes $b>': [{"b": {"$bytes": "AP8="}}],
    "<flag #t>": [{}],
    "<big $n>": [{"n": {"$int": "123456789012345678901234567890"}}],
    "<set $s>": [{"s": {"$set": [1, 2, 3]}}],
    '<"text label" $n>': [{"n": 1}],
    '<deep <deeper <deepest $v>>>': [{"v": "value"}],
    '<deep $v>': [{"v": {"<deeper>": [{"<deepest>": ["value"]}]}}],
    "<nothing>": [{}],
    "<nothing _>": [],
}


@pytest.fixture(scope="module")
def filled(module_server):
    with JsonClient(module_server) as client:
        client.tell([{"publish": fact, "id": client.fresh_id()} for fact in FACTS])
        client.sync()
        yield module_server


def in_order(captures):
    return sorted(map(text_of, captures))


def text_of(captures):
    """One text for equal captures: the members of a JSON object have no order."""
    return json.dumps(captures, sort_keys=True)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_query_answers_the_rows_that_match(filled, pattern):
    with JsonClient(filled) as client:
        rows = client.query(pattern)

        assert in_order(row["captures"] for row in rows) == in_order(PATTERNS[pattern])


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_subscription_begins_with_the_rows_of_the_query(filled, pattern):
    with JsonClient(filled) as client:
        ident = client.observe(pattern)

        added = client.events(ident=ident, op="add")
        distinct = {text_of(captures) for captures in PATTERNS[pattern]}
        assert {text_of(event["captures"]) for event in added} == distinct


def test_a_row_shows_the_whole_fact(filled):
    with JsonClient(filled) as client:
        (row,) = client.query('<temperature $room 21.5 "extra">')

        assert row["fact"] == {"<temperature>": ["kitchen", 21.5, "extra"]}
        assert row["op"] == "add"


def test_a_query_ends_with_an_ok_that_names_its_cut(filled):
    with JsonClient(filled) as client:
        answer = client.ask({"query": "<nobody _>"})

        assert answer["op"] == "ok"
        assert isinstance(answer["rev"], int)


def test_a_constant_given_beside_the_pattern_is_never_read_as_pattern(filled):
    with JsonClient(filled) as client:
        rows = client.query("<temperature $room $t>", **{"with": {"room": "hall"}})
        assert {row["fact"]["<temperature>"][0] for row in rows} == {"hall"}

        assert client.query("<temperature $room $t>", **{"with": {"room": "_"}}) == []
        assert client.query("<temperature $room $t>", **{"with": {"room": '" _>'}}) == []


def test_a_pattern_may_be_given_in_wire_form(filled):
    wire = {"<group>": [{"<rec>": [{"$symbol": "flag"}]},
                        {"$dict": [[0, {"<bind>": [{"<_>": []}]}]]}]}
    with JsonClient(filled) as client:
        rows = client.query(wire)

        assert sorted(row["fact"]["<flag>"][0] for row in rows) == [False, True]


@pytest.mark.parametrize("text, value", [
    ('<v "text">', "text"), ("<v sym>", {"$symbol": "sym"}), ("<v 5>", 5), ("<v -7>", -7),
    ("<v 2.5>", 2.5), ("<v 21.0>", {"$double": 21}), ("<v #t>", True), ("<v [1 [2]]>", [1, [2]]),
    ('<v {"a": 1}>', {"a": 1}), ("<v null>", None), ('<v {"$x": 1}>', {"$dict": [["$x", 1]]}),
    ("<v 9007199254740993>", {"$int": "9007199254740993"}),
    ('<v #xd"7ff0000000000000">', {"$double": "inf"}),
    ('<v <a b>>', {"<a>": [{"$symbol": "b"}]}), ('<v <1 b>>', {"$record": [1, {"$symbol": "b"}]}),
    ("<v {1: 2}>", {"$dict": [[1, 2]]}), ("<v {}>", {}), ("<v #{}>", {"$set": []}),
    ('<v #x"">', {"$bytes": ""}), ('<v "línea\\n\\u0000">', "línea\n\x00"),
])
def test_a_value_has_one_json_form_both_ways(server, text, value):
    with JsonClient(server) as one, JsonClient(server) as other:
        one.publish(text)
        other.publish({"<v>": [value]})

        rows = one.query("<v $x>")
        assert [row["captures"]["x"] for row in rows] == [value], "both texts are the same fact"
