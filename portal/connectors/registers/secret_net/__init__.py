"""Secret Net Studio: a device is an electronic identifier of its owner, told through a worker on its own side."""
