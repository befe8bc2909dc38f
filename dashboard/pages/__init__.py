"""One module a page, each with a render(): it draws what components and services give it."""
