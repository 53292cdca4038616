"""What everybody who signs in has: sign-in, password, access tokens, roles, notices, and the page on which each role starts."""

from marketplace.web.account.access_tokens import pages as access_tokens
from marketplace.web.account.notices import pages as notices
from marketplace.web.account.own import pages as own
from marketplace.web.kit import Pages

PAGES: tuple[Pages, ...] = (own, access_tokens, notices)
