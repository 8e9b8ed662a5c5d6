"""What the notebooks show: figures, sentences and tables, and a training while it runs.

In reading order:

`fonts`     letters of any alphabet in pictures
`figures`   pictures, labels in Latvian
`reports`   sentences and tables, in Latvian
`progress`  a training while it runs
"""
