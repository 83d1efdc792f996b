"""Repeats in capitals what it hears: chat.py ADDRESS."""

import link
from syndicate import patterns as P
from syndicate import turn
from syndicate.dataspace import on_message


def use(dataspace):
    @on_message(dataspace, P.rec("Says", P.CAPTURE))
    def heard(what):
        link.tell(f"heard {what}")
        turn.send(dataspace, link.record("Repeats", what.upper()))

    turn.publish(dataspace, link.record("listening"))


link.run(use)
