"""What the integration tests share: a server to start, and clients to talk to it with."""
