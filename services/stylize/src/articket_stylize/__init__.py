"""Articket's stylize service: a photo and an artist become a painting.

`__main__` puts it together, `servicer` speaks gRPC, `stylizing` says who may paint when, `engines` paint.
"""
