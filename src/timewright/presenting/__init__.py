"""The wire grammar: how any resource is asked for, read, loaded and shown. Names no resource."""
