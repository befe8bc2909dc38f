"""Widgets: arguments in, widget out, choice returned. No component reads a store, a cache or the session state."""
