"""What the notebooks and commands show: figures, sentences and tables, a training while it runs, a moving recording.

In reading order:

`drawn`       a frame or a video with its landmarks and text
`fonts`       letters of any alphabet in pictures
`figures`     pictures, labels in Latvian
`player`      a recording that moves, with the probabilities
`moments`     a reading in time
`read_out`    what was read, large and in tables
`reports`     sentences and tables, in Latvian
`progress`    a training while it runs
`example`     a program that reads a video without this repository
`take_along`  an experiment's folder for other places
"""
