"""The feed upward (docs/upward.md): counted entries day by day, sealed months after county confirmation, what both sides hold."""
