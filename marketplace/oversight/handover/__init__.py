"""交接清单: a role or a pairing ends when its successor has accepted what it leaves behind.

rules       states and words
scope       what a role or a pairing reaches, as conditions over the slices' tables
sections/   what is listed: open tasks, unproven benefit, unpaid returns, evidence; one file each
listing     the list as it is computed and frozen
service/    asking, deciding, emergencies, reading
"""
