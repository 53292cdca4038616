"""Handover lists; price evidence, spot checks, flags and complaints when they are built."""
