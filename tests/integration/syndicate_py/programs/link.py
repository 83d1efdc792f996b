"""How these programs come to the server's dataspace with the released syndicate-py 0.19.3.

That release waits for `<accepted …>` from a gatekeeper, where current servers say `<ok …>`: so the
answer is read here. It also sends a sync that does not parse, so that no program here may sync.
"""

import sys

from syndicate import Embedded, Record, Symbol, actor, parse, relay, turn

DEVELOPMENT_REFERENCE = parse('<ref {oid: "syndicate" sig: #x"69ca300c1dbfa08fba692102dd82311a"}>')


class Answer(actor.Entity):
    """Where the gatekeeper's answer arrives."""

    def __init__(self, use):
        self._use = use

    def on_publish(self, answer, handle):
        if answer.key != Symbol("ok"):
            raise SystemExit(f"the gatekeeper refused: {answer!r}")
        self._use(answer.fields[0].embeddedValue)


def tell(line):
    print(line, flush=True)


def record(label, *fields):
    return Record(Symbol(label), fields)


def run(use):
    """Runs `use(dataspace)` inside an actor, connected to the address of the first argument."""
    @actor.run_system(name="program")
    def main():
        @relay.connect(sys.argv[1])
        def connected(gatekeeper):
            answer = Embedded(turn.ref(Answer(use)))
            turn.publish(gatekeeper, record("resolve", DEVELOPMENT_REFERENCE, answer))
