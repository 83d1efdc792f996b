"""What a client asked to be changed, and what came of it: who may hold up a fact, and when."""

from checker.breach import ORDERED, UNIQUE, Breach
from checker.holding import Support
from checker.values import from_text, normal

EARLIER = -1
ASIDE = {"query", "sync", "observe", "open", "lease", "take"}


class Turn:
    """The requests of one message. `waiting` has the ids that are yet to be answered."""

    __slots__ = ("opening", "requests", "waiting", "seq_before", "began", "ended", "revision")

    def __init__(self, opening, requests, seq_before):
        self.opening = opening
        self.requests = requests
        self.waiting = [request["id"] for request in requests if "id" in request]
        self.seq_before = seq_before
        self.began = {}  # id -> (fact, support)
        self.ended = []  # (fact, support, id)
        self.revision = None


class Requests:
    """All requests of one session to spaces. Those to other entities are nobody's business here."""

    def __init__(self, session):
        self._session = session
        self._pending = {}
        self._published = {}
        self._undated = {}  # The withdrawals since the last answer, by support.
        self._dated = {}  # Those before: seq of the first answer after them.
        self._turn_ids = session.turn_ids

    def __contains__(self, ident):
        return ident in self._pending

    def opening_of(self, ident):
        return self._pending[ident].opening

    def say(self, requests, opening):
        ours = [request for request in requests if "to" not in request]
        turn = Turn(opening, ours, self._session.covered_seq)
        for ident in turn.waiting:
            self._pending.setdefault(ident, turn)
        if not opening.is_whole:
            return
        for request in ours:
            if "publish" in request:
                self._publish(turn, request)
            elif "retract" in request:
                self._retract(turn, request["retract"])
            elif "commit" in request:
                self._commit(turn, request["commit"])

    # ---- said ----

    def _publish(self, turn, request):
        fact = self._fact(turn, request["publish"])
        if fact is None:
            return
        support = self._hold(turn, fact, is_durable=False)
        if "id" in request and request["id"] not in self._published:
            self._published[request["id"]] = (fact, support)
            support.opening = turn.opening
            turn.began[request["id"]] = (fact, support)

    def _retract(self, turn, ident):
        held = self._published.pop(ident, None)
        if held is not None:
            held[1].surely = self._reached(turn.opening)
            turn.ended.append((*held, ident))
            self._undated[held[1]] = turn.opening

    def _commit(self, turn, operations):
        for at, operation in enumerate(operations):
            said = operation.get("put", operation.get("fact"))
            fact = None if said is None else self._fact(turn, said)
            if fact is not None:
                turn.began[at] = (fact, self._hold(turn, fact, is_durable=True))

    def _hold(self, turn, fact, is_durable):
        support = Support(self._session, self._reached(turn.opening) + 1, is_durable)
        turn.opening.space().supports.setdefault(fact, []).append(support)
        return support

    def _reached(self, opening):
        """A revision at which this session was still there."""
        return self._session.covered.get(opening.space(), EARLIER)

    def _fact(self, turn, said):
        """The number of a fact, None for what is no value."""
        try:
            value = from_text(said) if isinstance(said, str) else normal(said)
        except (ValueError, AttributeError, TypeError):
            return None
        return turn.opening.space().fact(value)

    # ---- answered ----

    def refuse(self, ident):
        """Nothing of the whole turn was done."""
        turn = self._pending.pop(ident, None)
        if turn is None:
            return
        supports = turn.opening.space().supports
        for name, (fact, support) in turn.began.items():
            if support in supports.get(fact, ()):
                supports[fact].remove(support)
            if self._published.get(name) == (fact, support):
                del self._published[name]
        for fact, support, name in turn.ended:
            self._published[name] = (fact, support)
            self._forget(support)
        turn.began, turn.ended = {}, []

    def accept(self, ident, answer):
        turn = self._pending.pop(ident, None)
        if turn is None:
            return
        if "seq" in answer and self._undated:
            self._dated.update((support, (opening, answer["seq"]))
                               for support, opening in self._undated.items())
            self._undated = {}
        if not turn.opening.is_whole or turn.revision is not None:
            return
        if "rev" not in answer or not _changes(turn, ident):
            return
        turn.revision = answer["rev"]
        self._check_number(turn, answer)
        self._settle(turn, answer["rev"])

    def _check_number(self, turn, answer):
        session, seq = self._session, answer.get("seq")
        if self._was_done_twice(turn, answer) or answer.get("replayed") or seq is None:
            return
        if seq <= turn.seq_before:
            session.report(Breach(ORDERED, session.client, answer["rev"],
                                  f"a turn was said after the answer of seq {turn.seq_before}, and "
                                  f"done at seq {seq}"))
        other = turn
        if _surely_changes(turn, answer):
            other = turn.opening.space().turns.setdefault(answer["rev"], turn)
        if other is not turn:
            session.report(Breach(UNIQUE, session.client, answer["rev"],
                                  "two turns were answered with this revision"))

    def _was_done_twice(self, turn, answer):
        identity = turn.requests[0].get("turn-id") if turn.requests else None
        if identity is None or answer.get("level") != "durable":
            return False
        before = self._turn_ids.setdefault(str(identity), answer["seq"])
        if before != answer["seq"]:
            self._session.report(Breach(UNIQUE, self._session.client, answer["rev"],
                                        f"the turn {identity} was done at seq {before}, and again "
                                        f"at {answer['seq']}"))
        return before != answer["seq"]

    def _settle(self, turn, revision):
        """What the turn comes to is what must be there after it, and what nobody holds any more."""
        space, client = turn.opening.space(), self._session.client
        stays = {fact: True for fact, _ in turn.began.values()}
        for fact, support in turn.began.values():
            support.begin(revision)
        for fact, support, _ in turn.ended:
            support.end(revision)
            self._forget(support)
            space.withdrawn.append((revision, fact, client))
            if any(support is begun for _, begun in turn.began.values()):
                stays.pop(fact, None)
        for request in turn.requests:
            for operation in request.get("commit", ()):
                self._operate(turn, operation, revision, stays)
            if "send" in request:
                self._send(turn, request["send"], revision)
        space.stated += [(revision, fact, client) for fact in stays]

    def _operate(self, turn, operation, revision, stays):
        space = turn.opening.space()
        if "drop" in operation:
            fact = self._fact(turn, operation["drop"])
            stays.pop(fact, None)
            space.drops.append((revision, fact))
            space.withdrawn.append((revision, fact, self._session.client))
        elif "send" in operation:
            self._send(turn, operation["send"], revision)
        elif "put" in operation:
            stays[self._fact(turn, operation["put"])] = True
        elif "slot" in operation or "end" in operation:
            # What it puts an end to may be a fact of the same commit.
            kept = self._fact(turn, operation["fact"]) if "fact" in operation else None
            for fact in list(stays):
                if fact != kept:
                    del stays[fact]

    def _send(self, turn, said, revision):
        message = self._fact(turn, said)
        if message is not None:
            turn.opening.space().sent.append((revision, message, self._session.client))

    def end(self):
        """What was withdrawn without an answer ended before the next answer did."""
        for _, support in self._published.values():
            support.surely = self._reached(support.opening)
        for support, (opening, seq) in self._dated.items():
            support.latest = min(support.latest, opening.space().revision_after(seq))

    def _forget(self, support):
        self._undated.pop(support, None)
        self._dated.pop(support, None)


def _changes(turn, ident):
    """Whether the answer under that id tells of the turn itself, and not of a query or a mark."""
    request = next((each for each in turn.requests if each.get("id") == ident), {})
    return not ASIDE & request.keys()


def _surely_changes(turn, answer):
    """Whether it has taken a revision of its own, which what changes nothing does not."""
    if "results" in answer:
        operations = turn.requests[0].get("commit", ())
        return any(result and ("put" in each or "drop" in each or "slot" in each)
                   for each, result in zip(operations, answer["results"]))
    return any("publish" in request for request in turn.requests)
