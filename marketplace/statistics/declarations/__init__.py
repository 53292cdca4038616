"""填报→审核→退回/上报: what units declare for a month, zero reports, what is missing, and the rate of reporting.

units       who owes which report over which area, from when until when
filing      drafts and new versions (更正)
steps       submission, review, return, sending upward
silence     units that are listed as 未报, with the reason
rate        报送率 by area and month
reminders   催报
register    a month's declarations of all units, as rows and (`files`) as a table to be printed
figures     declared, computed and lower units' figures side by side
"""
