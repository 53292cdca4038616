"""Rules of statistics, pure: what is published must not give a household away (docs/rules.md, "Small counts in publications")."""
