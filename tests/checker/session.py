"""Walks through what one client said and was told, connection by connection."""

from checker.breach import ATOMIC, ORDERED, RELIABLE, RESUMABLE, UNIQUE, Breach, shown
from checker.patterns import Pattern
from checker.requests import Requests
from checker.space import Cut
from checker.subscription import Subscription

MAIN = "main"
ATTENUATED = "caveats"


class Opening:
    """Which space requests are for: the server says so when it answers the first of them."""

    def __init__(self, session, name=None):
        self._session = session
        self.name = name
        self.is_whole = True

    def space(self):
        return self._session.spaces.space(self._session.epoch, self.name or MAIN)


class Session:
    """One connection of one client. `report` is called with each breach.

    `covered` has for each space the revision up to which everything has been told.
    """

    def __init__(self, client, spaces, turn_ids, hello, report):
        self.client = client
        self.spaces = spaces
        self.epoch = hello.get("epoch")
        self.report = report
        self.events = 0
        self.covered = {}
        self.covered_seq = -1
        self.turn_ids = turn_ids
        self._requests = Requests(self)
        self._opening = Opening(self)
        self._openings = {}
        self._subscriptions = {}
        self._withdrawn = {}
        self._queries = {}
        self._held = {}
        self._message = 0
        self._number = None
        self._last_told = {}
        self._bookmarks = {}

    # ---- what it said ----

    def say(self, said):
        requests = said if isinstance(said, list) else [said]
        if not all(map(_is_request, requests)):
            return  # It is refused, whatever it was meant to be.
        for request in requests:
            if "open" in request:
                self._open(request)
        self._requests.say(requests, self._opening)
        for request in requests:
            if "to" in request:
                continue  # An entity with rules of its own.
            if request.get("count") or request.get("others") or "conflate" in request:
                continue  # Not all facts, or none: what is told is not judged.
            if "observe" in request:
                self._observe(request)
            elif "query" in request and self._opening.is_whole:
                self._queries[request.get("id")] = (self._opening, _pattern_of(request, "query"),
                                                    [])
            elif "retract" in request:
                self._withdraw(request["retract"])

    def _open(self, request):
        self._opening = Opening(self, "")
        self._opening.is_whole = ATTENUATED not in str(request["open"])
        self._openings[request.get("id")] = self._opening

    def _observe(self, request):
        ident = request.get("id")
        if ident in self._subscriptions:
            return  # A live id used again is refused.
        if ident in self._withdrawn:
            self._keep(self._withdrawn.pop(ident))
        self._subscriptions[ident] = Subscription(
            self, ident, _pattern_of(request, "observe"), self._opening, request.get("from"),
            request.get("policy") == "pause")

    def _withdraw(self, ident):
        subscription = self._subscriptions.pop(ident, None)
        if subscription is not None:
            self._close(subscription)
            self._withdrawn[ident] = subscription

    # ---- what it was told ----

    def tell(self, events):
        self._message += 1
        self.events += len(events)
        told = {}
        # With references in messages a turn is told step by step.
        has_gone = None if any(event["op"] == "message" and "$" in str(event) for event in events) \
            else False
        for event in events:
            op = event["op"]
            if op in ("add", "remove", "message"):
                if "rev" in event:
                    has_gone = self._tell_change(op, event, told, has_gone)
                else:
                    self._tell_entity(op, event)
            elif op in ("ok", "error"):
                self._tell_answer(op, event)
            elif op in ("synced", "progress", "resync", "gap"):
                self._tell_mark(op, event)
            elif op == "turn":
                self._tell_number(event["number"])
        for space, revision in told.items():
            self._last_told[space] = (revision, self._message)
            self._reach(space, revision)

    def _tell_change(self, op, event, told, has_gone):
        ident = event["id"]
        query = self._queries.get(ident)
        if query is not None:
            query[2].append(event)
            return has_gone
        subscription = self._subscriptions.get(ident) or self._withdrawn.get(ident)
        if subscription is None:
            return has_gone
        if subscription.is_synced:
            space = subscription.opening.space()
            if op == "add" and has_gone:
                self.report(Breach(ORDERED, self.client, event["rev"],
                                   f"{shown(str(event['fact']))} came after what went in its turn"))
            self._check_message(subscription, space, event)
            told[space] = max(event["rev"], told.get(space, -1))
            if op == "remove" and has_gone is not None:
                has_gone = True
        subscription.tell(self._message, event, self.report)
        return has_gone

    def _check_message(self, subscription, space, event):
        """All that one turn changes comes in one message, and nothing after what confirms it."""
        bookmark = self._bookmarks.get(space)
        if bookmark is not None:
            subscription.check_bookmark(bookmark, self._message, event, self.report)
        last, message = self._last_told.get(space, (-1, 0))
        if event["rev"] > last or message == self._message or subscription.synced_in >= message:
            return
        if event["rev"] == last and not self._was_told_itself(subscription, event):
            self.report(Breach(ATOMIC, self.client, last,
                               f"{shown(str(event['fact']))} came in another message than what "
                               f"other subscriptions were told of its turn"))

    def _was_told_itself(self, subscription, event):
        """Then the subscription reports by itself what is wrong."""
        return subscription.last_told >= event["rev"]

    def _tell_entity(self, op, event):
        """What others do at an entity of this client has handles, and alternates as well."""
        if "handle" not in event:
            return
        name = (str(event["at"]), event["handle"])
        if (op == "add") == (name in self._held):
            said = "held already" if op == "add" else "not held"
            self.report(Breach(UNIQUE, self.client, -1,
                               f"handle {event['handle']} at {event['at']} was {said}"))
        if op == "add":
            self._held[name] = event.get("fact")
        else:
            self._held.pop(name, None)

    def _tell_answer(self, op, event):
        ident = event.get("id")
        opening = self._openings.pop(ident, None)
        if opening is None and ident in self._requests:
            opening = self._requests.opening_of(ident)
        if op == "error":
            self._queries.pop(ident, None)
            refused = self._subscriptions.pop(ident, None)
            if refused is not None and "after" in event:  # Its policy has closed it.
                refused.close(event["after"], -1)
                self._keep(refused)
            self._requests.refuse(ident)
            return
        if opening is not None and not opening.name:
            opening.name = event.get("space", opening.name)
        query = self._queries.pop(ident, None)
        if query is not None:
            self._cut(query, event)
        space = (opening or self._opening).space()
        self._requests.accept(ident, event)
        if "seq" in event and not event.get("replayed"):
            self.covered_seq = max(self.covered_seq, event["seq"])
            if "rev" in event and opening is not None:
                space.point(event["seq"], event["rev"])
        if "rev" in event and opening is not None and not event.get("replayed"):
            self._mark(space, event["rev"])

    def _cut(self, query, answer):
        opening, pattern, rows = query
        if pattern is None or "rev" not in answer:
            return
        space = opening.space()
        facts = {space.fact(row["fact"]) for row in rows}
        space.cuts.append(Cut(answer["rev"], pattern, facts, self.client))

    def _tell_mark(self, op, event):
        subscription = self._subscriptions.get(event.get("id"))
        if op == "progress":
            space = (subscription.opening if subscription else self._opening).space()
            self._mark(space, event["rev"])
        elif subscription is None:
            return
        elif op == "resync":
            subscription.resync()
        elif op == "gap":
            self._interrupt(subscription, event["after"])
        elif subscription.is_synced:
            self.report(Breach(RELIABLE, self.client, event["rev"],
                               f"subscription {subscription.ident} has caught up, and no gap was "
                               f"told before"))
        else:
            subscription.synced(self._message, event["rev"])
            self._reach(subscription.opening.space(), event["rev"])

    def _interrupt(self, subscription, after):
        """It is told nothing more, then goes on as if it had been asked to from that revision."""
        if not subscription.is_synced:
            self.report(Breach(RESUMABLE, self.client, after,
                               f"a gap was told of {subscription.ident}, which was in one already"))
            return
        subscription.close(after, -1)
        self._keep(subscription)
        self._subscriptions[subscription.ident] = Subscription(
            self, subscription.ident, subscription.pattern, subscription.opening, after,
            subscription.pauses)

    def _tell_number(self, number):
        """In a session that can be resumed each message has a number, one more than the last."""
        if self._number is not None and number != self._number + 1:
            self.report(Breach(RESUMABLE, self.client, max(self.covered.values(), default=-1),
                               f"message {number} was told after message {self._number}"))
        self._number = number

    def resume(self, received):
        """It goes on, on another connection. False: it does so from somewhere else than here."""
        return self._number == received

    def _mark(self, space, revision):
        """All up to that revision is said to have been told."""
        if revision > self._bookmarks.get(space, (-1, 0))[0]:
            self._bookmarks[space] = (revision, self._message)
        self._reach(space, revision)

    def _reach(self, space, revision):
        if revision > self.covered.get(space, -1):
            self.covered[space] = revision

    # ---- its end ----

    def end(self):
        for subscription in self._subscriptions.values():
            self._close(subscription)
            self._keep(subscription)
        for subscription in self._withdrawn.values():
            self._keep(subscription)
        self._requests.end()

    def _close(self, subscription):
        if subscription.pauses:  # It may have been in a gap that nobody has told.
            subscription.close(subscription.last_told, -1)
            return
        covered = self.covered.get(subscription.opening.space(), -1)
        subscription.close(covered, self.covered_seq)

    def _keep(self, subscription):
        if subscription.is_synced and subscription.opening.is_whole and subscription.pattern:
            subscription.opening.space().subscriptions.append(subscription)


def _is_request(said):
    """Whether it has the form of a request, as far as it is looked at here."""
    if not isinstance(said, dict) or not isinstance(said.get("commit", []), list):
        return False
    numbers = (said.get("id", 0), said.get("retract", 0), said.get("from", 0))
    return all(isinstance(number, int) for number in numbers) and \
        all(isinstance(operation, dict) for operation in said.get("commit", []))


def _pattern_of(request, name):
    """The pattern of a request, None if nothing can be judged by it."""
    try:
        return Pattern(request[name], request.get("with"))
    except (ValueError, AttributeError, TypeError, KeyError):
        return None
