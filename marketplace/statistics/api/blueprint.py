"""The blueprint that the files of this folder add their routes to."""

from __future__ import annotations

from marketplace.core.http import ApiBlueprint

blueprint = ApiBlueprint("statistics", __name__, "统计:任意指标按任意维度,按辖区可见,附口径与账本位置")
