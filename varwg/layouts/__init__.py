"""Weather data as they come: the many layouts, time axes, missing-value codes and units, made one or refused."""
