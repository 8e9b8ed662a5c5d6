"""The virtual signer's motion as video; the only place that needs requirements-signer.txt.

In reading order:

`makehuman`      the body's mesh and data
`look`           skin, hair and clothes
`figure`         the posed body
`rooms`          what stands behind it
`renderer`       pictures by OpenGL
`scenes`         the people and cameras that are filmed
`casting`        people and cameras drawn at random
`filming`        one take, and what MediaPipe makes of it
`clips`          makes data/videos
`film_test_set`  makes data/rendered_test
`film_practice`  makes data/rendered_practice
"""
