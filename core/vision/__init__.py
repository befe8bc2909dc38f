"""Networks, images, synthesis and mining: the only place with module-level torch, with core/demo/network and train."""
