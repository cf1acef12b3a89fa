"""The web page and its HTTP interface: drop a gray photograph, and the page colors it.

Two processes share the work. One serves the page. It holds the visitors' pictures (in memory, never
on a disk) and the line in which the visitors wait. The other process has the networks. The first
process can end it at any moment, when a picture takes too long or its visitor has left.
"""
