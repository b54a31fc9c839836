"""Measurements that are too long for the tests; each writes a results file that the cards are rendered from."""
