"""What is in a video file and in its frames, before anything is known of phrases and recordings.

In reading order:

`container`  what a video file says of itself
`slots`      which hand is the left one, which the right one
`tracking`   frames to landmarks, by one of two trackers
`people`     of several people the one in the middle
`film`       pictures to a video file
"""
