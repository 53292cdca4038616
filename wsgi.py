"""Composition root: puts marketplace, search and admin together."""
