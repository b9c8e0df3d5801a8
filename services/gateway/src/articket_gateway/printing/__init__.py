"""Printing: queues in SQL, one worker a sink, and the sinks themselves: a folder, an IPP printer, an object store."""
