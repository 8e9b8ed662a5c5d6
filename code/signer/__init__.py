"""The virtual signer, from a described alphabet to landmarks: practice where nobody has recordings.

In reading order:

`hand`               joint angles to joints
`people`             how signers differ
`alphabet`           the described alphabet, read and checked
`motion`             hands from key to key
`gestures`           what hands do besides signing
`signing`            a phrase as hands in motion
`body`               shoulders, elbows and head
`camera`             points of the room to the picture
`view_error`         how MediaPipe errs at a view
`noise`              how MediaPipe errs else
`practice`           a recording drawn at random
`phrases`            what is practised
`corpus`             practice on disk, and new practice in every epoch
`rendered_set`       drawn video through MediaPipe
`rendered_practice`  new practice of which a part is such video
`animation`          a phrase as a moving picture
"""
