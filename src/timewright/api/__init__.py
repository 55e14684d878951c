"""The API on the wire: `/api/v1`, spoken as the Kantata OX API v1 is."""
