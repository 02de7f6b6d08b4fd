"""The sandbox, tested as its clients meet it: a real process on loopback ports, spoken to over HTTP."""
