"""Random programs, and what runs them before and after migration."""
