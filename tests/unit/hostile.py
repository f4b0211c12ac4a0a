"""Snippets whose neighbours change how a text falls into tokens; texts made of them broke simpler rules."""

# ruff: noqa: RUF001  (the odd characters are the point)

SNIPPETS = [
    *(" ", "  ", "\n", "\r\n", "\n\n", "\t", " \n ", "\u00a0", "\u3000", "\u2028"),
    *("word", "Word", "WORD", "wOrd", "don't", "'s", "'LL", "it's5", "naïve", "Füße", "ſ", "é"),
    *("1", "12", "123", "1234567", "3.14", "²", "½", "１２", "٣"),
    *(".", "...", "?!", "//", "/\n", "\n/", "#", "**", "`", "```py\n", "{", "}\n", "();", "->", "'", "''", '"'),
    *("鸚鵡", "学習。", "、", "（注）", "カタカナ", "ひらがな", "한국어", "ไทย", "العربية", "हिन्दी"),
    *("😀", "👩‍👩‍👧", "\u0301", "\x00", "\ufeff", "<|endoftext|>", "$x_1^2$", "https://a.b/c?d=e&f", "\u00ad"),
]
