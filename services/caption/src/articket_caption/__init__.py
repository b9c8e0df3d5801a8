"""Articket's caption service: a photo becomes a short, truthful description.

`__main__` puts it together, `servicer` speaks gRPC, `captioning` times and counts, `engines` describe. Each engine looks with
the package `seeing` and speaks with `wording`; those that ask a model as well let what it says through `cleaning`.
"""
