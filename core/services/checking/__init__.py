"""Whether a workspace is whole, and how to mend what is not."""
