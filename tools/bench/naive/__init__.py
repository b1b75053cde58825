"""The obvious design, kept to measure ours against: one task and one request for each conversion, rows one at a time.

It takes the same rows over the same kind of API, keeps them in the same tables, decides and renders by the same rules,
and posts the same bytes to the same sink. Nothing in it is slow on purpose: a request is one transaction, connections
are kept, and its worker is Celery's own default, a process for each core.
"""
