"""The blueprint that the files of this folder add their routes to."""

from marketplace.core.http import ApiBlueprint

blueprint = ApiBlueprint("certification", __name__, "认定:申报、审核、公示、异议、证书与目录")
