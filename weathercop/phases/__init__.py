"""How members draw phases and amplitudes, and which periods they have from the record."""
