"""Image sets, their images, and photos that somebody brings."""
