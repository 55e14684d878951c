"""Timewright: a self-hosted time-tracking server that speaks the Kantata OX API."""

__version__ = "0.1.0"
