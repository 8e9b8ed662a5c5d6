"""What everything stands on: errors, files, the machine, settings, and what signs, landmarks and the table are.

In reading order:

`counted`      Latvian words after a number
`errors`       a fault of the user's data as one sentence, and how a stop reads
`files`        files that are whole or not there
`environment`  packages and the system: what is missing, in a sentence
`backend`      TensorFlow and Keras, with our settings
`kinds`        what kinds of settings there are
`settings`     what each setting may hold
`options`      a program's settings on the command line
`signs`        the char_map, and phrases as signs
`landmarks`    landmark arrays
`names`        names of recordings, and where their arrays lie
`table`        landmarks.csv
"""
