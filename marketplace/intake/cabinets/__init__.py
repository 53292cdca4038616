"""What stands in a cabinet without a live link: planograms, movements, counts, tasks, heartbeats, and what follows from them.

Rules: docs/rules.md, "Stock of a cabinet".
"""
