"""Sealed bulletins (统计工作动态): a report of closed months, frozen, signed, issued by three persons, never edited.

`canonical` makes the bytes, `building` makes the report from the ledger, `cells` says what a public one shows, `service` has the
use cases. Decided in docs/adr/0015; rules in docs/rules.md, "Bulletins".
"""
