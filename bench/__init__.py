"""Side-by-side benchmarks of credit_mgmt on generated books: `python -m bench`."""
