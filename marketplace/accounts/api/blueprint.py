"""The blueprint that the files of this folder add their routes to."""

from marketplace.core.http import ApiBlueprint

blueprint = ApiBlueprint("accounts", __name__, "单位、人员、角色、会话、令牌、通知、审批、预留份额")
