"""The way of the data, in its order: array -> record -> batch -> logits -> signs, and the training that learns it.

In reading order:

`recordings`     arrays found and checked
`split`          who trains and who validates
`records`        record files
`dataset`        the sides' record files and dataset_info.json
`augmentation`   what another person or camera would have given
`ahead`          practice made by processes beside the training
`batches`        recordings of like length together
`normalisation`  raw landmarks to what an encoder reads
`network`        the networks
`model_file`     `.keras` files: written, and read without running code
`devices`        what computes: one device or several
`base`           a base's encoder into a new network
`ctc`            the loss
`language`       how likely a sign is after others
`decoding`       probabilities to signs
`reading`        a network reads recordings
`evaluation`     how good a reading is
`experiment`     numbered folders models/lzv/X
`resuming`       a training that goes on after a stop
`training`       three phases, each epoch measured
"""
