"""What explains the network: the linear surrogate, and the inverse map from outputs to states."""
