"""What helps to write a protocol: templates with places to fill, and what two documents differ in.

Plain data in, plain data out; whether a document makes sense is `protocol`'s matter. Pure. The
templates themselves lie in `app/templates`.
"""
