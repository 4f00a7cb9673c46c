"""Meteorology: the sun, humidity, radiation, evaporation, pressure, wind, and indices of drought and heat, one file each."""
