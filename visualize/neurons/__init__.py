"""The classic drawing of a network: units as circles, weights as lines."""
