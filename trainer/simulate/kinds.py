"""Names of the defects, for whoever asks before anything is drawn. Cheap to import."""

KINDS = ("scratch", "dent", "colour", "bevel-1", "bevel-2")
