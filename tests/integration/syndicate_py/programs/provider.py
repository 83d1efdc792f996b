"""Publishes the price of each item as long as somebody asks for it: provider.py ADDRESS."""

import link
from syndicate import patterns as P
from syndicate import turn
from syndicate.dataspace import during


def use(dataspace):
    wanted = P.quote(link.record(
        "group", link.record("rec", link.Symbol("Price")),
        {0: link.record("lit", P.uCAPTURE)}))

    @during(dataspace, P.rec("Observe", wanted, P._))
    def asked(item):
        link.tell(f"wanted {item}")
        turn.publish(dataspace, link.record("Price", item, len(item)))
        turn.on_stop(lambda: link.tell(f"unwanted {item}"))

    turn.publish(dataspace, link.record("open-for-business"))


link.run(use)
