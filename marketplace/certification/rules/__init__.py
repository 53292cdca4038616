"""What certification means, as pure functions over data: no database, no web.

schemes        the names (名录): who may apply, the stage chain, validity, where sales count as aid
facts_of       what an application declares, name by name, with units
rule_sets      thresholds and documents by scheme, place and date
evaluation     a rule set applied to declared facts: every condition with its value, threshold and reason
stages         the state machine of a scheme's stage chain
notices        first and last day of a public notice
validity       from which day to which a certificate holds; renewal window
numbers        the catalogue number grammar
"""
