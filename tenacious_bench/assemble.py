"""Puts the dataset together: written and programmatic groups, partitions, ids, pairs. Being written."""
