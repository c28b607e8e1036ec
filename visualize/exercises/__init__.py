"""Graphs with blanks to fill in: pages that check answers and know the usual mistakes, and sheets on
paper."""
