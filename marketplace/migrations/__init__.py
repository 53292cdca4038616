"""One linear chain of migrations for all slices; see `marketplace.core.migrate` for running it."""
