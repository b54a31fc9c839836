"""Held-out emails written again in other words, and what that does to a judge."""
