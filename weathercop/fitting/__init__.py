"""From observations to a model, and what running the model forward corrects in it."""
