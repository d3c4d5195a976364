"""Acceptance tests of the whole product, in processes and databases of their own."""
