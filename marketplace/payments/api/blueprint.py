"""The blueprint that the files of this folder add their routes to."""

from marketplace.core.http import ApiBlueprint

blueprint = ApiBlueprint("payments", __name__, "到账登记、退款、开票、账簿")
