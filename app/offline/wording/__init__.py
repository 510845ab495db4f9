"""How a report is said, in Japanese and English.

telling.py   the lines of a report, and the verdict that ends it
words.py     what there is to say
japanese.py  in Japanese
english.py   in English
"""
