"""Training: stacks of networks, their batches, the loop, what is kept and told of it."""
