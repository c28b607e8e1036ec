"""Graphs with blanks: pages that check answers and know the usual mistakes, and sheets on paper."""
