"""What was found out beforehand, for people to read: as text and as a picture, in two languages.

Pure: what `app/cover` proved goes in, text comes out. What programs read (JSON) is the commands'
matter.
"""
