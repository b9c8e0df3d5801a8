"""What every Articket service needs to talk gRPC, and nothing of what the services are about.

Import from the modules: `errors` (start there), `settings`, `server`, `deadlines`, `channels`, `logs`, `metrics`, `tracing`;
`testing` for tests. The README of this folder shows a service in thirty lines.
"""
