"""T1 to T5: an item is taken by one; whoever waits is served in turn; a lost taker gives back."""

import threading

import pytest

from support.json_client import JsonClient


@pytest.fixture
def ann(server):
    with JsonClient(server) as client:
        yield client


@pytest.fixture
def bob(server):
    with JsonClient(server) as client:
        yield client


def put(client, *numbers):
    return client.commit(*[{"item": f"<job {number}>"} for number in numbers])["results"]


def take(client, **options):
    """Takes one; returns its number and value, or the code of the refusal."""
    answer = client.ask({"take": "<job $n>", **options})
    if answer["op"] == "error":
        return answer["code"]
    (taken,) = answer["results"]
    return taken["id"], taken["captures"]["n"]


def test_items_are_taken_in_the_order_in_which_they_came_each_by_one(ann, bob):
    first, second = put(ann, 1, 2)

    assert take(ann) == (first, 1)
    assert take(bob) == (second, 2)
    assert take(ann) == "empty"


def test_two_equal_items_are_two(ann):
    put(ann, 1, 1)

    assert take(ann)[1] == take(ann)[1] == 1
    assert take(ann) == "empty"


def test_items_are_no_facts(ann, bob):
    everything = bob.observe("<job $n>")
    put(ann, 1)

    assert ann.query("<job _>") == []
    bob.sync()
    assert bob.events(ident=everything, op="add") == []


def test_a_take_waits_for_an_item_as_long_as_told(ann, bob):
    ann.tell({"take": "<job $n>", "timeout": 60_000, "id": 77})
    ann.sync()

    (item,) = put(bob, 1)

    assert ann.until(lambda event: event.get("id") == 77)["results"][0]["id"] == item


def test_a_take_whose_time_is_over_takes_nothing_ever(ann, bob):
    assert take(ann, timeout=50) == "empty"

    put(bob, 1)

    assert take(bob)[1] == 1


def test_those_who_wait_are_served_in_turn(server, bob):
    takers = [JsonClient(server) for _ in range(4)]
    for taker in takers:
        taker.tell({"take": "<job $n>", "timeout": 60_000, "id": 77})
        taker.sync()

    put(bob, 1, 2, 3, 4)

    for number, taker in enumerate(takers, 1):
        answer = taker.until(lambda event: event.get("id") == 77)
        assert answer["results"][0]["captures"] == {"n": number}
        taker.socket.close()


def test_an_acknowledged_item_is_gone_for_ever(server, bob):
    put(bob, 1)
    with JsonClient(server) as taker:
        item, _ = take(taker)
        assert taker.commit({"ack": item})["results"] == [True]

    bob.sync()
    assert take(bob) == "empty"


@pytest.mark.parametrize("end", [lambda client: client.socket.close(),
                                 lambda client: client.socket.channel.reset()],
                         ids=["closed", "lost"])
def test_the_end_of_a_session_gives_back_what_it_held_to_its_old_place(server, bob, end):
    put(bob, 1, 2)
    taker = JsonClient(server)
    held = take(taker)

    end(taker)

    assert bob.ask({"take": "<job 1>", "timeout": 20_000})["results"][0]["id"] == held[0]


def test_only_whoever_holds_an_item_can_acknowledge_it(ann, bob):
    put(ann, 1)
    item, _ = take(ann)

    assert bob.try_commit({"ack": item})["code"] == "unknown-item"


def test_what_is_taken_with_ack_is_consumed_at_once(server, bob):
    put(bob, 1)
    with JsonClient(server) as taker:
        take(taker, ack=True)

    bob.sync()
    assert take(bob) == "empty"


def test_taking_and_putting_are_one_turn(ann):
    put(ann, 1)

    refused = ann.try_commit({"take": "<job _>"}, {"put": "<busy>"}, absent=["<job-stop>"],
                             require=["<never>"])
    assert refused["code"] == "guard-failed"
    done = ann.commit({"take": "<job $n>"}, {"put": "<busy>"})

    assert done["results"][0]["captures"] == {"n": 1}
    assert len(ann.query("<busy>")) == 1


def test_a_lost_reply_to_a_consuming_take_is_the_same_item_again(ann, bob):
    put(ann, 1, 2)
    name = ["36b8f84d-df4e-4d49-b662-bcde71a8764f", 1]
    first = take(ann, ack=True, **{"turn-id": name})

    again = take(bob, ack=True, **{"turn-id": name})

    assert again == first
    assert take(bob)[1] == 2


def test_many_takers_of_whom_some_are_lost_end_every_item_exactly_once(server, bob):
    count, takers = 400, 8
    for begin in range(0, count, 100):
        put(bob, *range(begin, begin + 100))
    consumed = []

    def work(number):
        client = JsonClient(server)
        taken = 0
        while (item := take(client)) != "empty":
            taken += 1
            if taken % 7 == number:
                client.socket.channel.reset()  # It never acknowledges this one.
                client = JsonClient(server)
            elif client.try_commit({"ack": item[0]})["op"] == "ok":
                consumed.append(item[1])
        client.socket.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(takers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while (item := take(bob, timeout=200)) != "empty":
        bob.commit({"ack": item[0]})
        consumed.append(item[1])

    assert sorted(consumed) == list(range(count))
