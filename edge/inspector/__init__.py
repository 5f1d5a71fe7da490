"""The loop that joins the rooms of the line."""
