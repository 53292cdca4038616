"""The blueprint that the files of this folder add their routes to."""

from marketplace.core.http import ApiBlueprint

blueprint = ApiBlueprint(
    "intake", __name__, "其他渠道的销售上报：批次、回执、待处理行、重复上报认定、看板,以及渠道的密钥和设备"
)
