"""What the loops of the corpus say again and again."""

from __future__ import annotations

# fmt: off
UNITS: dict[str, list[str]] = {
    "character": ["a", "!", "-", ".", "\n", " ", "=", "0", "_", "#", "\t", "e", "?", "*", "x", "~"],
    "word": ["the ", "very ", "ha", "no, ", "buffalo ", "ok\n", "yes. ", "lol", "and ", "null, ", "0 ", "blah ",
             "Hello! ", "really, ", "go-", "test test ", "foo.", "undefined ", "de la ", "mmm "],
    "phrase": ["in the middle of ", "and so on and ", "the end of the end of ", "I am sorry, ", "of the way of ",
               "to be or not to be, ", "as a matter of fact, ", "one more time and ", "because it is ", "left, right, ",
               "the number of the ", "which is why ", "more and more ", "at the same time, ", "for example, for ",
               "the best of the best of the "],
    "sentence": [
        "I am not able to help with that. ", "The answer is therefore correct. ", "Let me think about this again. ",
        "It is important to note that this is not financial advice. ", "Thank you for your patience! ",
        "The cat sat on the mat and looked at the moon. ", "We can see that the result is the same as before. ",
        "Wait, that is not right. Let me check once more. ", "Is there anything else I can help you with? ",
        "The model writes the same sentence, and then it writes the same sentence. ",
        "Therefore x is equal to y, and y is equal to x. ", "This is a great question, and I am glad you asked it. ",
        "All rights reserved. ", "He went to the shop, bought some bread, and walked home in the rain. ",
        "Please note that results may vary depending on your configuration and on the version you use. ",
        "Hmm, but if n is even then n/2 is an integer, so we go back to the first case. ",
        "In conclusion, the choice depends on your needs.\n\n", "The end.\n\n",
        "So the total is 42, which means that the total is 42. ", "“Come in,” she said, and she said it again. ",
    ],
    "line": [
        "- Be kind to others\n", "* item\n", "Thank you for watching!\n", "- [ ] write the tests\n",
        "> This is a quotation that never ends.\n", "Q: What is it?\nA: I do not know.\n", "**Note:** see above.\n",
        "### Summary\n\n", "• fresh bread\n• cold milk\n", "Answer: B\n", "User: hello\nAssistant: hello\n",
        "- Improve the quality of life\n- Improve the quality of work\n", "---\n\n", "\\item the same point once more\n",
    ],
    "code": [
        "    x = x + 1\n", "import numpy as np\n", "print('hello')\n", "        self.value = value\n", "}\n", "    pass\n\n",
        "if (a == b) { return true; }\n", "def forward(self, x):\n    return self.layer(x)\n\n", "\\end{align}\n",
        "echo \"done\" >> out.txt\n", "<div><div><div>\n", "SELECT * FROM users WHERE id = 1;\n", "assert x is not None\n",
        "    def get_name(self):\n        return self.name\n\n    def set_name(self, name):\n        self.name = name\n\n",
        "{\"id\": 1, \"name\": \"Anna\"},\n", "\\frac{1}{2} + ",
    ],
    "table row": [
        "| Anna | 12 | yes |\n", "| --- | --- |\n", "|   |   |   |\n", "1,2,3,4\n", "Oslo,Norway,709000\n",
        "| a | b |\n| c | d |\n", "name & value \\\\\n\\hline\n", "<tr><td>1</td><td>2</td></tr>\n", "0.5;0.5;0.5\n",
        "| 2024-01-01 | open | 10.5 | 11.2 | 9.8 | 10.9 |\n", "GET /index.html 200\n", "x\ty\tz\n",
    ],
    "CJK": [
        "我不知道。", "哈", "谢谢你的帮助，", "これはペンです。", "はい、", "이것은 책입니다. ", "的", "在这种情况下，我们可以看到结果是一样的。\n",
        "すみません、もう一度考えます。", "一、我们要努力学习。\n", "ー", "人工智能可以帮助我们提高效率，人工智能可以帮助我们节省时间。",
        "네, 알겠습니다. ", "请注意，本回答仅供参考，不构成任何投资建议。\n\n",
    ],
    "emoji": ["😂", "🎉🎉🥳", "👍 ", "🙏🏽", "👨‍👩‍👧 ", "🚀 to the moon! ", "❤️", "✅ done\n", "😀😃😄😁"],
    "script": ["да, ", "Я не знаю ответа на этот вопрос. ", "لا أعرف الجواب. ", "मुझे नहीं पता। ", "Ich weiß es nicht genau. ",
               "Δεν ξέρω. ", "אני לא יודע. ", "Je ne sais pas quoi dire, mais je le dis quand même. "],
}

COUNTED = [
    "{i}. Be kind to others and to yourself.\n", "{i}. The cat\n", "Step {i}: Repeat the previous step.\n",
    "- Item {i} is the same as the item before it.\n", "{i}) I love you\n", "Day {i}: We walked along the river all day.\n",
    "Reason {i}: because it is good for your health and for your mind.\n", "{i}. **Improve communication** with the team\n",
    "Question {i}: What is the capital of France?\nAnswer: Paris\n\n", "[{i}] Smith et al., The same paper, Journal.\n",
    "Chapter {i}\n\nThe hero wakes up and does not know where he is.\n\n", "{i}. Use a consistent naming convention.\n",
    "On day {i} it rained, and we stayed at home. ", "After {i} hours he was still waiting at the station. ",
    "第{i}步：重复上一步的操作，直到结果正确为止。\n", "print(\"This is the line with the number {i}\")\n",
    "## Section {i}\n\nThis section is left empty on purpose.\n\n", "Attempt {i}: it fails for the same reason. Let me try again.\n",
    "{i}. What are the benefits of exercise?\n", "// step {i}: do the same thing as in the step before\n",
]

VARIED: list[tuple[str, list[str]]] = [
    ("I am {} happy to help you with your question. ", ["very", "so", "really"]),
    ("The {} is an important part of the whole system and must be checked. ", ["pump", "valve"]),
    ("It is a {} day, and we go to the beach to swim. ", ["fine", "nice", "sunny"]),
    ("She said that she {} know what to do about it. ", ["did not", "didn't", "does not"]),
    ("- Make sure that the {} is clean before you begin.\n", ["table", "floor", "room"]),
    ("This {} that the function is continuous on the interval. ", ["means", "shows", "implies"]),
    ("{} we can see, the number of steps is the same as before. ", ["As", "So", "And"]),
    ("Let me {} the calculation again: the sum is twelve. ", ["check", "do", "verify"]),
    ("The {} ran down the road and out of the village again. ", ["dog", "boy", "horse", "girl"]),
    ("We need to consider the {} impact of the new policy on the people. ", ["social", "economic"]),
    ("{}, I don't think that is the right way to look at it. ", ["No", "Well", "Hmm"]),
    ("    result = compute_something(first, second, {})\n", ["True", "False"]),
    ("| the same value in the row | {} | nothing to report here |\n", ["yes", "no"]),
    ("Thank you {} for your kind words and for your patience with me! ", ["so much", "very much", "again"]),
    ("The user wants a {} answer, so I should give the answer that the user wants. ", ["short", "clear", "good"]),
    ("Actually, wait. If the {} is first, then the other one must be second. ", ["red one", "blue one"]),
    ("He {} the door, looked into the room, and closed it again. ", ["opened", "pushed", "pulled"]),
    ("the {} of the house of the king of the land, ", ["lord", "lady"]),
]

BLOCKS = [
    "To install the package, run the command below.\n\n```\npip install example\n```\n\nThen import it and call `run()`.\n\n",
    "Dear Sir or Madam,\n\nThank you for your letter. We have read it with care and will answer soon.\n\nKind regards,\nThe Team\n\n",
    "def area(radius):\n    \"\"\"The area of a circle.\"\"\"\n    if radius < 0:\n        raise ValueError('negative')\n    return 3.14159 * radius ** 2\n\n\n",
    "First we look at the left side of the equation. It has two terms, and both are positive. Then we look at the right side."
    " It has one term, and it is negative. So the two sides cannot be equal. But perhaps there is a mistake; let us start over.\n\n",
    "| Model | Size | Score |\n|---|---|---|\n| small | 1B | 61 |\n| medium | 7B | 70 |\n| large | 70B | 82 |\n\nAs the table shows,"
    " larger models score higher.\n\n",
    "The rain fell on the roofs of the town. The lamps went out, one after the other. A cart rolled over the stones, and"
    " a dog barked. In the inn the guests sat close to the fire and told each other of the winter when the river froze.\n\n",
]
