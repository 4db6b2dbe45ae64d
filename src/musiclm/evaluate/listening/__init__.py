"""Folders of audio in, a blind listening test out, and its answers scored.

``make.py`` builds a static page, ``serve.py`` shows it on this machine and keeps what raters send,
``answers.py`` and ``score.py`` turn their files into wins and tests. The protocol is MusicLM's:
two clips, one text, five points. What people hear is nowhere measured here by a machine.
"""
