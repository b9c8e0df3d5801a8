"""The monitors: pairing, the codes that they show, whose quiz stands on them, and the shows of the visits."""
