"""The model of one class: codec, network, training, draws, storage."""
