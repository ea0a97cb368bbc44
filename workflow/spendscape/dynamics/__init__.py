"""Fixed points of the network, proofs of them, and the attractors that they form."""
