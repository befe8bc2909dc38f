"""Designs, and the sessions of people and simulated participants."""
