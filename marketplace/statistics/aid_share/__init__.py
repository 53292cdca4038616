"""The share of certified aid goods in what points of sale sell, against the share set for them, with an alarm.

Figures come from the ledger by the same question as the reports, so they reconcile with them. Rules: docs/rules.md, "Aid share".
"""
