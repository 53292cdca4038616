"""Spreadsheets in and out: files that strangers upload, and tables that people open in Excel.

Reading takes three steps, each of which refuses early: ``archive`` and ``workbook`` stream through the zip under limits
and rewrite what they saw, ``reader`` hands only that to the real reader in a child process with limits of its own, and
``table`` checks every cell against its column and lists every error. ``export`` writes CSV and XLSX that cannot carry a
formula.
"""
