"""Conversations recorded with another server go the same way with ours, however they are cut."""

import pytest

from recording import load, recordings
from replay import CUTS, Replay
from support.syndicate import ENCODINGS, TRANSPORTS


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("path", recordings(), ids=lambda path: path.stem)
def test_a_recorded_conversation_goes_the_same_way(module_server, path, transport, encoding, cut):
    recording = load(path)
    assert recording.blocks, "a recording without steps would prove nothing"

    Replay(module_server, recording, transport, encoding, cut).run()
