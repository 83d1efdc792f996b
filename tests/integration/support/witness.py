"""A second client that must not notice what a hostile one does."""

from support.syndicate import SyndicateClient
from support.values import is_record, stringify
from support.websocket import Closed


class Witness(SyndicateClient):
    """Sees every fact of the main space from the start, and can show that it is still served."""

    def __init__(self, server):
        super().__init__(server, "unix", "text")
        self.resolve()
        self._observer = self.observe("<bind <_>>")
        self.sync()

    def still_served(self):
        """Whether a fact published now is seen, and goes again when retracted."""
        handle = self.publish("<still served>")
        self.until(self._tells_of("still"))
        self.retract(handle)
        self.sync()
        return True

    def has_seen(self, label):
        """Whether a fact with this label has ever appeared."""
        self.sync()
        return any(self._tells_of(label)(event) for event in self.told(self._observer))

    def _tells_of(self, label):
        return lambda event: event.oid == self._observer and event.kind == "A" and \
            is_record(event.body[0], label)


def reason_of_end(wire, deadline=None):
    """What the server says when it ends the session: its error packet, else its close reason."""
    said = None
    try:
        while True:
            packet = wire.receive(deadline)
            if is_record(packet, "error"):
                said = packet
    except Closed as closed:
        if said is None:
            return closed.reason
        assert isinstance(said.fields[0], str), f"no sentence: {stringify(said)}"
        return said.fields[0]
