"""Programs that measure or fit, each started by run.py, and what they share.

In reading order:

`parts`           a study in several processes
`handshapes`      single hands compared
`measure`         how good the virtual signer is
`people`          how people are read whom no weight saw
`ways`            real ways before and after a sign against generated ones
`bench`           how fast everything is
`pace`            how fast recognising is
`reading`         times, confidences and words of what is recognised
`transfer`        what a training with few recordings should start from
`more_people`     what each more person brings to the base
`fit_view_error`  view_error.npz for the signer
`fit_noise`       noise.json for the signer
`picture`         the README's moving picture
"""
