"""`avow cap` makes, narrows and shows references, without asking a server."""

from support.server import DEVELOPMENT_REFERENCE
from support.values import parse, same_value, sturdy_reference

CAVEAT = "<reject <rec secret [<_>]>>"


def test_a_minted_reference_opens_its_space(server, command):
    minted = command.run("cap", "mint", "--space", "orders")

    assert minted.returncode == 0, minted.stderr
    reference = minted.stdout.strip()
    assert same_value(parse(reference), parse(sturdy_reference('<space "orders">')))
    assert command.run("query", "<n $n>", AVOW_CAP=reference).returncode == 0


def test_an_attenuated_reference_is_signed_anew_and_accepted(command):
    attenuated = command.run("cap", "attenuate", DEVELOPMENT_REFERENCE, CAVEAT)

    assert attenuated.returncode == 0, attenuated.stderr
    reference = attenuated.stdout.strip()
    assert same_value(parse(reference), parse(sturdy_reference('"syndicate"', [CAVEAT])))
    assert command.run("query", "<n $n>", AVOW_CAP=reference).returncode == 0


def test_show_tells_what_a_reference_is_for(command):
    reference = sturdy_reference('"syndicate"', [CAVEAT])

    done = command.run("cap", "show", reference)

    assert done.returncode == 0
    assert "syndicate" in done.stdout and "secret" in done.stdout


def test_what_is_no_reference_is_refused(command):
    for verb in (("show",), ("attenuate",)):
        done = command.run("cap", *verb, "<nonsense>", CAVEAT)

        assert done.returncode == 2
        assert done.stderr.strip()
