"""What the library is asked, one file a question: a function, and the answer that it returns.

The functions are the library's face: `vmarch.compare` and its neighbours come from here. Each command of the command
line parses its options, calls one of them, and prints or writes what it returns. An answer is a value: a table in
words, a frame, a figure, and what made it.
"""

__all__: list[str] = []
