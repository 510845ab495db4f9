"""The evidence of one incident, for whoever must show or check it: files, and a page to print.

What it says comes from the entries and from the disclosures that the reader may see, and from
nothing else; so what is printed is what is proven.

    evidence.py   the files
    readme.py     how they are checked by hand, in Japanese and English
    page.py       the page, with page.html
    wording.py    its words
"""
