"""The blueprint that the files of this folder add their routes to."""

from marketplace.core.http import ApiBlueprint

blueprint = ApiBlueprint("catalogue", __name__, "渠道、销售点、报价、上架、价格、库存")
