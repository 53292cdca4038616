"""The blueprint that the files of this folder add their routes to."""

from marketplace.core.http import ApiBlueprint

blueprint = ApiBlueprint("orders", __name__, "下单、发货、验收、评价、退货,以及计入统计尚缺的事项")
