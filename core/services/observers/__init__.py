"""Machine observers: what they see, decide, and how far they agree with people."""
