"""The whole system from outside: real processes, real servers, the public HTTP API."""
