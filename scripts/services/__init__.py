"""Real servers for developers and tests, from package registries, without containers. See docs/operations.md."""
