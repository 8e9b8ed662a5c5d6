"""From video files to landmark arrays: what is in a file and in its frames, and the extraction that goes through all.

In reading order:

`container`   what a video file says of itself
`pose_file`   .pose files, in and out
`video`       frames of a video, upright
`slots`       which hand is the left one, which the right one
`tracking`    frames to landmarks, by one of two trackers
`people`      of several people the one in the middle
`film`        pictures to a video file
`cluster`     work spread over machines
`following`   rows that follow their videos
`plan`        what an extraction has to do
`extraction`  videos to landmark arrays
"""
