"""The sandbox for those who build against the API: a server whose time, faults and state a test holds in hand.

`timewright demo --sandbox` serves it, the pytest plugin starts it. The server of `timewright serve` knows nothing
of it. docs/sandbox.md is its page.
"""
