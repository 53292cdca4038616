"""From what somebody typed to a question that an engine can answer."""
