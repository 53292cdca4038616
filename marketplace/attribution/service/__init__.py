"""The ledger's use cases, one file each.

post       a counted line becomes entries
reverse    a refund becomes reversing entries
restate    a revocation takes lines out of their class
reattribute  an order moved to another unit takes its entries along
chain      committed entries get their position and hash
accrue     benefit that needs no sale
close      a month is frozen and its statements are written
verify     every invariant checked, the first broken row named
read       entries and statements for those who may see them
"""
