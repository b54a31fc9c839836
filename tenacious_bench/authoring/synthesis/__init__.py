"""Synthesis: a generator model writes contrast groups, a judge model of another family filters them."""
