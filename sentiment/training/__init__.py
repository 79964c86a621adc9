"""How the weights are made: from labelled texts and word lists, by one command, the same bytes each time.

`python -m sentiment.training --data FOLDER --lists FOLDER` rebuilds all of `sentiment/data/`. Nothing here is needed to
read texts.
"""
