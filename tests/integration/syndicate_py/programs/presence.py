"""Says that NAME is present until `<leave NAME>`, and who else is: presence.py ADDRESS NAME."""

import sys

import link
from syndicate import patterns as P
from syndicate import turn
from syndicate.dataspace import during, on_message


def use(dataspace):
    name = sys.argv[2]
    present = turn.publish(dataspace, link.record("Present", name))

    @during(dataspace, P.rec("Present", P.CAPTURE))
    def somebody(who):
        link.tell(f"+ {who}")
        turn.on_stop(lambda: link.tell(f"- {who}"))

    @on_message(dataspace, P.rec("leave", P.lit(name)))
    def leave():
        turn.retract(present)


link.run(use)
