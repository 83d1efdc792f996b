"""Publishes a counter of its own, and shows what reaches it: counter.py ADDRESS."""

import link
from syndicate import Embedded, actor, turn


class Counter(actor.Entity):
    """Adds up what it is sent, and holds up the sum at whoever asks."""

    def __init__(self):
        self._total = 0

    def on_publish(self, asking, handle):
        link.tell(f"+ {asking.key}")
        turn.publish(asking.fields[0].embeddedValue, link.record("total", self._total))

    def on_retract(self, handle):
        link.tell("- asking")

    def on_message(self, message):
        self._total += message.fields[0]
        link.tell(f"total {self._total}")


def use(dataspace):
    turn.publish(dataspace, link.record("Counter", Embedded(turn.ref(Counter()))))


link.run(use)
