"""The field's formats, in and out.

In reading order:

`kaggle`   Kaggle's ASL Fingerspelling to record files
`to_pose`  landmark arrays to .pose files
"""
