"""Normal scores of a record, complete: latent scores of dry days, sunless days and gaps."""
