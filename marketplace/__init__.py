"""The marketplace: slices in the order in which goods and data travel.

core            what every slice stands on; knows nothing of the trade
accounts        who acts: organisations, people, roles by area
producers       带贫主体 and the products they make
beneficiaries   households, and the linkage agreements that stand behind a product
certification   which product may be called aid, since when, until when, decided by whom
catalogue       where it is sold: channels, offers, listings, stock
orders          what was bought, shipped, accepted, evaluated, returned
payments        what was paid and given back
intake          sales made elsewhere
attribution     which households each counted sale stands for: the append-only ledger
oversight       price evidence, flags, complaints
statistics      what it all came to

`ls` sorts by letter; the order above is the one import-linter enforces.
"""

from marketplace.core.collector import look_seldom

look_seldom()  # before the slices are imported
