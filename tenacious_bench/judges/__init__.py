"""Judges: items in, judgments out. ``base`` holds the protocol, each other module one judge."""
