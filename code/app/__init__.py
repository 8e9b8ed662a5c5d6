"""What a user starts to read something: a command, a window with the camera, a page in the browser.

In reading order:

`words`      the words of a command line
`command`    files to text
`keeping`    a clip kept as a recording
`newest`     a camera's newest picture
`following`  a camera, followed and read
`jobs`       videos that wait to be read
`server`     the page's server
`page`       the page
`camera`     the camera's window
"""
