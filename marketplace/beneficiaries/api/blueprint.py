"""The blueprint that the files of this folder add their routes to."""

from marketplace.core.http import ApiBlueprint

blueprint = ApiBlueprint("beneficiaries", __name__, "农户、村集体、利益联结协议、发放清单")
