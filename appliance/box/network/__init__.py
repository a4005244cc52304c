"""What root does about the network: puts it in force, on trial, and writes down what was confirmed."""
