"""Scenarios at many sites: what is asked of primary variables, and what it does to the scores of a member."""
