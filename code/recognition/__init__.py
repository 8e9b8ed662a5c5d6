"""Any video or camera in, text out, with the LiteRT model of an experiment; nothing here needs TensorFlow.

In reading order:

`litert`       a model for phones
`alignment`    where in time each sign is, and how sure
`sign_reader`  the model and its signs
`stream`       frames to lines of signs, in constant memory
`text`         signs to text, and a list of words
`source`       video, array or camera to frames
`recognise`    the whole way, as one function
`written`      JSON and subtitles
`live`         reading while it is signed
"""
