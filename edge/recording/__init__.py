"""Pictures for the desk: recorded at the line, or fetched from a box, into a data set in MVTec AD layout."""
