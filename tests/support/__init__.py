"""What tests stand on: real servers, a service under test, builders."""
