"""The field's formats, in and out.

In reading order:

`kaggle`  Kaggle's ASL Fingerspelling to record files
"""
