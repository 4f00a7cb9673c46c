"""Values as files: the codec without pickle, model files, locks, and what a result remembers of its making."""
