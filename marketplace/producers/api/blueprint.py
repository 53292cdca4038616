"""The blueprint that the files of this folder add their routes to."""

from marketplace.core.http import ApiBlueprint

blueprint = ApiBlueprint("producers", __name__, "带贫主体、产品、品类、批量导入")
