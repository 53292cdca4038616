"""Use cases of certification; each takes the session first, checks authority itself, and flushes.

applications  what the applicant does: draft, edit, withdraw
submission    putting it forward under the rules of its place and day
admission     what a scheme takes, and what renewals and amendments are about
decisions     what the offices decide: pass, return, reject; one or a batch
notices       public notice; its PDF (`documents`), its withdrawal (`withdrawal`), objections beside it
issue         certificates, with their numbers (`numbering`) and history (`history`)
standing      suspend, reinstate
revocation    taking a certificate away: one person proposes, another decides
expiry        the daily job that only tells and records
active        which certificates stand behind products at an instant (for the slices above)
reading       lists and details for officials, applicants and the public
"""
