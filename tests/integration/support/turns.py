"""Turns of durable state with a name, and what the server says has become of them."""

import json
from dataclasses import dataclass, field

from support.crowd import Caller, Crowd

OUTCOMES_OF_COMMIT = 500


def key_of(value):
    """The text by which a value is known."""
    return json.dumps(value, separators=(",", ":"))


def text_of(value):
    """A record of numbers as Preserves text, which is a pattern that matches it."""
    (label, fields), = value.items()
    return f"{label[:-1]} {' '.join(str(number) for number in fields)}>"


@dataclass
class Turn:
    """One commit under a turn id, and what is known about it.

    `by` names the session that sent it. `results`, `rev` and `seq` are there once it is known that
    it was committed; `refusal` is the code with which the server said that it was not.
    """
    client: str
    number: int
    by: object
    operations: list
    require: list = field(default_factory=list)
    absent: list = field(default_factory=list)
    options: dict = field(default_factory=dict)
    results: list = None
    rev: int = None
    seq: int = None
    level: str = None
    refusal: str = None
    lost_seq: int = None

    @property
    def consumes(self):
        return self.options.get("ack", False)

    @property
    def is_committed(self):
        return self.seq is not None

    @property
    def may_be_lost(self):
        """Nobody asked that this is on the disk before it is seen."""
        return self.options.get("level") == "accepted"

    def values(self):
        """All that this turn may show."""
        return {key_of(operation[name]) for operation in self.operations
                for name in ("put", "fact", "send") if name in operation}

    def request(self):
        guards = {name: [text_of(value) for value in values]
                  for name, values in (("require", self.require), ("absent", self.absent))
                  if values}
        return {"commit": self.operations, "turn-id": [self.client, self.number],
                **guards, **self.options}

    def note(self, answer):
        """Takes over what the server has answered."""
        if answer["op"] == "error":
            self.refusal = answer["code"]
            return
        assert self.refusal is None, f"{self} was refused, and is now answered {answer}"
        said = [_bare(result) for result in answer["results"]]
        assert self.results in (None, said), f"{self} is answered anew with {said}"
        assert self.seq in (None, answer["seq"]), f"{self} was done a second time: {answer}"
        self.results, self.rev, self.seq = said, answer["rev"], answer["seq"]
        self.level = self.level or answer["level"]

    def forget(self):
        """What the server answered is no longer so, since it had not promised that it would be."""
        self.lost_seq = self.seq
        self.results = self.rev = self.seq = None

    def __str__(self):
        return (f"turn {self.number} of {self.client[:8]} ({self.by}): {self.operations} "
                f"require {self.require} absent {self.absent} {self.options} -> "
                f"seq {self.seq} rev {self.rev} {self.level} {self.refusal} {self.results}")


def _bare(result):
    """What a take tells beside number and value follows from them."""
    if not isinstance(result, dict) or "value" not in result:
        return result
    return {"id": result["id"], "value": result["value"]}


def ask_all(server, requests):
    """Sends all requests on one connection; returns the answers in their order."""
    answers = {}

    def note(_caller, events):
        answers.update((event["id"], event) for event in events if event["op"] in ("ok", "error"))

    with Crowd() as crowd:
        caller = crowd.join(Caller(server, note))
        idents = [caller.tell(request) for request in requests]
        crowd.serve(lambda: len(answers) == len(idents), 60)
    assert len(answers) == len(idents), f"only {len(answers)} of {len(idents)} were answered"
    return [answers[ident] for ident in idents]


def outcomes(server, turns):
    """What the server says has become of each: (rev, seq), or None for impossible."""
    portions = [turns[at:at + OUTCOMES_OF_COMMIT]
                for at in range(0, len(turns), OUTCOMES_OF_COMMIT)]
    answers = ask_all(server, [
        {"commit": [{"outcome": [turn.client, turn.number]} for turn in portion]}
        for portion in portions])
    said = [result for answer in answers for result in answer["results"]]
    return [tuple(result["<committed>"]) if "<committed>" in result else None for result in said]


def settle(server, turns):
    """Finds out what has become of each turn, and sends each again: nothing is done twice."""
    for turn, outcome in zip(turns, outcomes(server, turns), strict=True):
        if outcome is None:
            assert turn.level != "durable", f"a durable answer was lost: {turn}"
            turn.forget()
        else:
            assert turn.refusal is None, f"{turn} was refused, and is now {outcome}"
            assert turn.seq in (None, outcome[1]), f"{turn} has the outcome {outcome}"
            turn.rev, turn.seq = outcome
    for turn, answer in zip(turns, ask_all(server, [turn.request() for turn in turns]),
                            strict=True):
        if turn.is_committed:
            assert answer.get("replayed") is True, f"{turn} came again: {answer}"
            turn.note(answer)
        else:
            assert answer.get("code") == "impossible", f"{turn} came again: {answer}"
