"""Ensembles: tasks on executors, and members of one ensemble that repeat those of another."""
