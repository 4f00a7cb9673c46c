"""Ensembles on disk: files of members, their manifest, opening, exporting and reproducing them."""
