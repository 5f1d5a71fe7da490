"""The box's web page: what the camera sees, what was decided, and whether the box is well.

`board.Board` is written by the far side of the line and read by the web threads; `app.create_app` makes the page and
its HTTP interface; `server.StatusServer` serves it. Nothing here can slow the line down: a record is only referred
to, and a picture is drawn when, and only when, a browser asks for it.
"""
