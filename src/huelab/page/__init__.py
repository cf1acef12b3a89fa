"""The web page and its HTTP interface: drop a gray photograph, and it has colors.

Two processes share the work. The one with the page holds the visitors, their pictures (in memory,
never on a disk), and the line in which they wait. The other one has the networks. It can be ended
at any moment, when a picture takes too long or its visitor has left.
"""
