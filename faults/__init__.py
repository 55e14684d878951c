"""Faults: break a running server on purpose and compare what it acknowledged with what it kept."""
