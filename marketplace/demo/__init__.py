"""A year of consumption aid, told through the services on published products."""
