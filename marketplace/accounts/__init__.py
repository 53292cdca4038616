"""Who acts: organisations, people, roles by area, sessions, tokens, notices, reserved-share filings."""
