"""The steps of the demo, one file per step of the chain; `load` takes them in order."""
