"""Engines that keep documents and answer questions: one file each, the same question and the same answer."""
