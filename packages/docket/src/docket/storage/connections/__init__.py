"""One connection to each kind of server, and the commands that go over it."""
