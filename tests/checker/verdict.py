"""The verdict on a history: all its files, read one after another, then judged together."""

from dataclasses import dataclass, field

from checker.records import records_of
from checker.session import Session
from checker.space import Spaces
from checker.truth import Truth


@dataclass
class Verdict:
    """What was found, and in how much."""

    clients: int = 0
    sessions: int = 0
    events: int = 0
    subscriptions: int = 0
    breaches: list = field(default_factory=list)

    def report(self, breach):
        self.breaches.append(breach)

    def __str__(self):
        found = len(self.breaches)
        return (f"{self.clients} clients, {self.sessions} sessions, {self.subscriptions} "
                f"subscriptions, {self.events} events: "
                f"{'no breach' if not found else f'{found} breaches'}")


def judge(paths, is_complete=False):
    """Judges the records in these files; `is_complete`: nobody else changed anything."""
    verdict = Verdict()
    walk = Walk(verdict)
    for path in paths:
        walk.read(*records_of(path))
        verdict.clients += 1
    for session in walk.sessions:
        session.end()
        verdict.events += session.events
    verdict.sessions = len(walk.sessions)
    for space in walk.spaces.all():
        verdict.subscriptions += len(space.subscriptions)
        Truth(space, verdict.report, is_complete).judge()
    return verdict


class Walk:
    """All records, one client after another. A session may go on in a later file of its client."""

    def __init__(self, verdict):
        self.spaces = Spaces()
        self.sessions = []
        self._verdict = verdict
        self._turn_ids = {}
        self._tokens = {}  # of a session that may be resumed -> that session

    def read(self, client, records):
        session = resuming = None
        for kind, content in records:
            if kind == "told" and isinstance(content, dict):
                session = Session(client, self.spaces, self._turn_ids, content.get("hello", {}),
                                  self._verdict.report)
                self.sessions.append(session)
            elif session is None:
                continue
            elif kind == "said" and isinstance(content, dict) and "resume" in content:
                resuming = content
            elif kind == "said":
                session.say(content)
            else:
                session, resuming = self._resumed(session, resuming, content)
                session.tell(content)
                self._remember(session, content)

    def _remember(self, session, events):
        for event in events:
            if event["op"] == "ok" and "resume" in event:
                self._tokens[event["resume"]] = session

    def _resumed(self, session, resuming, events):
        """The session of a connection once it is answered whether another one goes on in it."""
        if resuming is None or not any(event["op"] in ("ok", "error") for event in events):
            return session, resuming
        before = self._tokens.get(resuming["resume"])
        is_accepted = any(event["op"] == "ok" and event.get("id") == resuming.get("id")
                          for event in events)
        if is_accepted and before is not None and before.resume(resuming.get("received")):
            self.sessions.remove(session)
            return before, None
        return session, None
